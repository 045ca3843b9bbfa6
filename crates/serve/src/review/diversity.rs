//! Which of the posts that the model is unsure of is least like those that were read: the farthest
//! first, by the states of `[CLS]` (Sener and Savarese, "Active Learning for Convolutional Neural
//! Networks: A Core-Set Approach", 2018).

use std::collections::HashMap;

/// Posts among which the one least like those read is sought: those that the model is least sure of.
pub(super) const CANDIDATES: usize = 64;

/// The latest posts read or being read that a candidate is held against.
pub(super) const LATEST: usize = 256;

/// The embeddings of posts that a choice was made among, by one model.
#[derive(Debug, Default)]
pub(super) struct Diversity {
    /// SHA-256 of the model: another one's vectors mean something else.
    model: String,
    /// By the number of the post; none where the model has none.
    embeddings: HashMap<i64, Option<Vec<f32>>>,
}

impl Diversity {
    /// Keeps the embeddings of these posts that are known already and forgets all others, so that what
    /// is in memory does not grow with the queue. Those that are not known.
    pub(super) fn keep(&mut self, model: &str, posts: &[i64]) -> Vec<i64> {
        if self.model != model {
            model.clone_into(&mut self.model);
            self.embeddings.clear();
        }
        if self.embeddings.len() > 4 * (CANDIDATES + LATEST) {
            self.embeddings.retain(|post, _| posts.contains(post));
        }
        posts.iter().copied().filter(|post| !self.embeddings.contains_key(post)).collect()
    }

    /// Takes the embedding of a post by this model.
    pub(super) fn insert(&mut self, model: &str, post: i64, embedding: Option<Vec<f32>>) {
        if self.model == model {
            self.embeddings.insert(post, embedding);
        }
    }

    /// The candidate whose nearest post of those read is the farthest; the first where nothing is known
    /// of them.
    pub(super) fn farthest(&self, candidates: &[i64], read: &[i64]) -> Option<i64> {
        let of = |post: &i64| self.embeddings.get(post)?.as_deref();
        let read: Vec<(i64, &[f32])> =
            read.iter().filter_map(|post| Some((*post, of(post)?))).collect();
        let nearest = |post: i64, at: &[f32]| {
            // One that wants a second reader may be among those read.
            let others = read.iter().filter(|(other, _)| *other != post);
            others.map(|(_, other)| product(at, other)).fold(-1.0, f32::max)
        };
        // One of which the model has no embedding is like no other, and not left for ever.
        let known = candidates.iter().filter_map(|&post| {
            let embedding = self.embeddings.get(&post)?;
            Some((post, embedding.as_deref().map_or(0.0, |at| nearest(post, at))))
        });
        // Of several as far as each other it is the first, of which the model is least sure.
        let farthest = known.min_by(|one, other| one.1.total_cmp(&other.1));
        farthest.map(|(post, _)| post).or(candidates.first().copied())
    }
}

fn product(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(points: &[(i64, [f32; 2])]) -> Diversity {
        let mut diversity = Diversity::default();
        assert_eq!(diversity.keep("m", &[1, 2, 3]), [1, 2, 3]);
        points.iter().for_each(|(post, at)| diversity.insert("m", *post, Some(at.to_vec())));
        diversity
    }

    #[test]
    fn the_candidate_is_chosen_that_is_least_like_all_that_were_read() {
        let diversity =
            known(&[(1, [1.0, 0.0]), (2, [0.8, 0.6]), (3, [0.0, 1.0]), (4, [0.6, 0.8])]);
        assert_eq!(diversity.farthest(&[2, 3, 4], &[1]), Some(3));
        assert_eq!(diversity.farthest(&[2, 4], &[1, 3]), Some(2), "as far: the first");
        assert_eq!(diversity.farthest(&[2, 3], &[]), Some(2), "nothing was read yet");
        assert_eq!(diversity.farthest(&[2, 3], &[3, 1]), Some(3), "it is not like itself");
    }

    #[test]
    fn without_embeddings_the_first_is_chosen() {
        let mut diversity = known(&[]);
        diversity.insert("m", 5, None);
        assert_eq!(diversity.farthest(&[5, 6], &[1]), Some(5));
        diversity.insert("m", 6, Some(vec![0.9]));
        diversity.insert("m", 1, Some(vec![1.0]));
        assert_eq!(diversity.farthest(&[6, 5], &[1]), Some(5), "like no other");
        assert_eq!(diversity.farthest(&[], &[1]), None);
    }

    #[test]
    fn another_model_begins_anew_and_memory_is_bounded() {
        let mut diversity = known(&[(1, [1.0, 0.0])]);
        assert_eq!(diversity.keep("m", &[1, 2]), [2]);
        assert_eq!(diversity.keep("other", &[1, 2]), [1, 2]);
        diversity.insert("m", 1, Some(vec![1.0]));
        assert_eq!(diversity.keep("other", &[1]), [1], "of the former model, too late");
        for post in 0..10_000 {
            diversity.insert("other", post, None);
            diversity.keep("other", &[post]);
        }
        assert!(diversity.embeddings.len() <= 4 * (CANDIDATES + LATEST) + 1);
    }
}
