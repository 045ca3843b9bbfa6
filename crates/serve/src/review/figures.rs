//! Figures from the verdicts: precision and recall of the scores, and agreement of reviewers.
//!
//! Two kinds of shares stand beside each other. *Reviewed* is of all posts that somebody read: in the order
//! of scores these are the highest ones of a band, so the share flatters. *Random* is of the random share
//! alone: fewer posts, and a fair picture. Recall needs the random share, unless all posts were read.

use std::collections::BTreeMap;

use ::metrics::{
    Agreement, Bootstrap, Estimated, Interval, Stratum, cohens_kappa, krippendorffs_alpha,
    recall_from_sample, wilson_interval,
};
use checkpoint::{Band, Reference};
use rusqlite::Connection;
use serde::Serialize;
use utoipa::ToSchema;

use super::item::Verdict;
use super::store::{ReviewStore, Trouble};
use crate::drift::{Drift, drift};
use crate::feedback::{Bounds, CONFIDENCE};

/// The bands, from the one that nothing can be said of to the most urgent.
const BANDS: [&str; 4] = ["not_judged", "none", "review", "priority_review"];

/// Weeks that are shown, the last ones.
const MOST_WEEKS: usize = 53;

/// Figures from the verdicts.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Figures {
    /// Posts in the queue, read or not.
    pub posts: u64,
    /// Those with a verdict.
    pub read: u64,
    /// Those that still want a reader.
    pub open: u64,
    /// The random share.
    pub random: RandomShare,
    /// All posts together.
    pub all: Group,
    /// By band, the most urgent last. Here `precision` is the share of the band that supports ISIS: in
    /// `none` and `not_judged` these are the misses.
    pub bands: Vec<BandFigures>,
    /// By language, the most posts first; null for posts without words.
    pub languages: Vec<Group>,
    /// By the week (ISO 8601) in which posts came, the newest last; 53 at most.
    pub weeks: Vec<Group>,
    /// Agreement of reviewers.
    pub agreement: AgreementFigures,
    /// How far these posts have moved from those that the model in use was calibrated on: the population
    /// stability index of its posts here, by score, band and language. Under 0.1: no change; over 0.25: a
    /// large one. Empty with fewer than 500 posts, and where the model's record has nothing to compare with.
    pub drift: Vec<DriftFigures>,
    /// The models whose scores these are.
    pub models: Vec<ModelPosts>,
    /// Methods of the intervals.
    pub method: Method,
}

/// Methods of the intervals.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Method {
    /// Confidence of all intervals.
    #[schema(example = 0.95)]
    pub confidence: f64,
    /// Of shares: Wilson's.
    pub precision: &'static str,
    /// Of recall: MOVER of Wilson's intervals with the finite population correction.
    pub recall: &'static str,
    /// Of agreement: percentiles of 1,000 samples of posts.
    pub agreement: &'static str,
}

/// The posts that were drawn at random from all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct RandomShare {
    /// Posts drawn.
    pub drawn: u64,
    /// Those found to support ISIS or not to.
    pub decided: u64,
    /// Those left open: taken for missing by chance.
    pub unsure: u64,
}

/// Verdicts on some posts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, ToSchema)]
pub struct Share {
    /// Posts found to support ISIS.
    pub supports: u64,
    /// Posts found not to.
    pub not: u64,
    /// Posts left open; they count in no share.
    pub unsure: u64,
    /// Share of `supports` among the decided; null where none is.
    pub precision: Option<f64>,
    /// Its interval.
    pub interval: Option<Bounds>,
}

/// Verdicts on the posts of a band.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BandFigures {
    /// The band.
    pub band: &'static str,
    /// Posts in it.
    pub posts: u64,
    /// Of all posts that were read.
    pub reviewed: Share,
    /// Of those drawn at random.
    pub random: Share,
}

/// Figures of some posts: of all, or of one language or week.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Group {
    /// The language or week; null for all posts together, and for posts without words.
    pub name: Option<String>,
    /// Posts.
    pub posts: u64,
    /// Those whose score reaches the threshold.
    pub flagged: u64,
    /// Precision: of all flagged posts that were read.
    pub reviewed: Share,
    /// Precision: of the flagged posts drawn at random.
    pub random: Share,
    /// Share of the posts that support ISIS that was flagged; null where it cannot be told.
    pub recall: Option<Estimate>,
    /// The data that is missing, where recall cannot be told.
    pub recall_needs: Option<&'static str>,
    /// Estimated number of posts that support ISIS and were not flagged.
    pub missed: Option<Estimate>,
}

/// An estimate and where the true value lies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its interval.
    pub interval: Bounds,
}

/// Agreement of reviewers, on the first two readings of each post that two have read.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AgreementFigures {
    /// Posts with two readings.
    pub posts: usize,
    /// Those on which the first two agree.
    pub same: usize,
    /// Posts that wait for a third reader.
    pub waiting: u64,
    /// Krippendorff's alpha for categories without an order; null where it is undefined.
    pub alpha: Option<f64>,
    /// Its interval.
    pub alpha_interval: Option<Bounds>,
    /// Cohen's kappa of each two reviewers, those with most posts in common first.
    pub pairs: Vec<PairFigures>,
}

/// Agreement of two reviewers.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PairFigures {
    /// Their names.
    pub reviewers: [String; 2],
    /// Posts that both read.
    pub posts: usize,
    /// Cohen's kappa; null where it is undefined.
    pub kappa: Option<f64>,
    /// Its interval.
    pub interval: Option<Bounds>,
}

/// A distribution of the posts against that of the calibration.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct DriftFigures {
    /// `score`, `band` or `language`.
    pub of: &'static str,
    /// Posts compared.
    pub posts: u64,
    /// The population stability index.
    pub psi: Estimate,
}

/// Posts of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ModelPosts {
    /// SHA-256 of its weights.
    pub sha256: String,
    /// Its version.
    pub version: String,
    /// Posts that it scored.
    pub posts: u64,
}

/// A post without its text.
#[derive(Debug, Clone, PartialEq)]
struct Post {
    band: usize,
    lang: Option<String>,
    week: String,
    flagged: bool,
    random: bool,
    open: bool,
    verdict: Option<Verdict>,
}

/// Two readings of a post.
type Readings = [(String, Verdict); 2];

impl ReviewStore {
    /// Figures from the verdicts on the scores of a model, or of all models together. `calibrated_on` is the
    /// SHA-256 of the model in use and the posts that it was calibrated on.
    ///
    /// # Errors
    /// One line for the log.
    pub fn figures(
        &self,
        model_sha256: Option<&str>,
        calibrated_on: Option<(&str, &Reference)>,
    ) -> Result<Figures, Trouble> {
        let connection = self.reader()?;
        let read = || {
            // One transaction: all figures are of the same moment.
            let connection = connection.unchecked_transaction()?;
            let (posts, readings) =
                (posts(&connection, model_sha256)?, readings(&connection, model_sha256)?);
            let drift = match calibrated_on {
                Some((sha256, reference)) => drift(reference, &counts(&connection, sha256)?),
                None => Vec::new(),
            };
            Ok((posts, readings, waiting(&connection)?, models(&connection)?, drift))
        };
        let (posts, readings, waiting, models, drift) =
            read().map_err(|error| self.trouble(&error))?;
        let drift = drift.into_iter().filter_map(|drift| {
            let Drift { of, posts, index } = drift;
            let psi = Estimate { value: index.value, interval: bounds(index.interval?) };
            Some(DriftFigures { of, posts, psi })
        });
        Ok(Figures { drift: drift.collect(), ..figures(&posts, &readings, waiting, models) })
    }
}

/// The posts that a model has scored, by score, band and language.
fn counts(connection: &Connection, sha256: &str) -> Result<Reference, rusqlite::Error> {
    let query = "SELECT band, score, lang FROM items WHERE model_sha256 = ?1";
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.query([sha256])?;
    let mut counts = Reference::default();
    while let Some(row) = rows.next()? {
        let (band, score): (String, Option<f64>) = (row.get(0)?, row.get(1)?);
        let lang: Option<String> = row.get(2)?;
        let bands = [Band::NotJudged, Band::None, Band::Review, Band::PriorityReview];
        let band = bands.into_iter().find(|known| known.as_str() == band);
        let score = score.map(|score| score as f32);
        counts.count(band.unwrap_or(Band::NotJudged), score, lang.as_deref());
    }
    Ok(counts)
}

fn posts(connection: &Connection, model: Option<&str>) -> Result<Vec<Post>, rusqlite::Error> {
    let query = "SELECT band, lang, strftime('%G-W%V', created), \
        coalesce(score >= threshold, 0), random, open > 0, verdict FROM items \
        WHERE ?1 IS NULL OR model_sha256 = ?1";
    let mut statement = connection.prepare(query)?;
    let rows = statement.query_map([model], |row| {
        let band: String = row.get(0)?;
        let verdict: Option<String> = row.get(6)?;
        Ok(Post {
            band: BANDS.iter().position(|known| *known == band).unwrap_or_default(),
            lang: row.get(1)?,
            week: row.get(2)?,
            flagged: row.get(3)?,
            random: row.get(4)?,
            open: row.get(5)?,
            verdict: verdict.and_then(|name| Verdict::parse(&name)),
        })
    })?;
    rows.collect()
}

/// The first two readings of each post with two: a third comes only where these differ.
fn readings(
    connection: &Connection,
    model: Option<&str>,
) -> Result<Vec<Readings>, rusqlite::Error> {
    let query = "SELECT item, reviewer, verdicts.verdict FROM verdicts \
        JOIN items ON number = item \
        WHERE verdicts.verdict <> 'skip' AND (?1 IS NULL OR model_sha256 = ?1) \
        ORDER BY item, place";
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.query([model])?;
    let (mut found, mut last): (Vec<Readings>, Option<(i64, String, Verdict)>) = (Vec::new(), None);
    let mut paired = None;
    while let Some(row) = rows.next()? {
        let (item, reviewer, name): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let Some(verdict) = Verdict::parse(&name) else { continue };
        if paired == Some(item) {
            continue;
        }
        match last.take() {
            Some((before, other, said)) if before == item => {
                found.push([(other, said), (reviewer, verdict)]);
                paired = Some(item);
            }
            _ => last = Some((item, reviewer, verdict)),
        }
    }
    Ok(found)
}

fn waiting(connection: &Connection) -> Result<u64, rusqlite::Error> {
    let query = "SELECT COUNT(*) FROM items WHERE open > 0 AND verdict IS NULL AND \
        (SELECT COUNT(*) FROM verdicts WHERE item = number AND verdicts.verdict <> 'skip') > 1";
    connection.query_row(query, [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
}

fn models(connection: &Connection) -> Result<Vec<ModelPosts>, rusqlite::Error> {
    let query = "SELECT model_sha256, model_version, COUNT(*) FROM items \
        GROUP BY model_sha256 ORDER BY MAX(number) DESC";
    let mut statement = connection.prepare(query)?;
    let rows = statement.query_map([], |row| {
        Ok(ModelPosts {
            sha256: row.get(0)?,
            version: row.get(1)?,
            posts: row.get::<_, i64>(2)?.unsigned_abs(),
        })
    })?;
    rows.collect()
}

fn figures(
    posts: &[Post],
    readings: &[Readings],
    waiting: u64,
    models: Vec<ModelPosts>,
) -> Figures {
    let count = |of: &dyn Fn(&Post) -> bool| posts.iter().filter(|post| of(post)).count() as u64;
    let decided = |post: &Post| !matches!(post.verdict, None | Some(Verdict::Unsure));
    let mut languages: Vec<Group> = grouped(posts, |post| post.lang.clone());
    languages.sort_by_key(|group| std::cmp::Reverse(group.posts));
    let mut weeks = grouped(posts, |post| Some(post.week.clone()));
    weeks.drain(..weeks.len().saturating_sub(MOST_WEEKS));
    let all: Vec<&Post> = posts.iter().collect();
    Figures {
        posts: posts.len() as u64,
        read: count(&|post| post.verdict.is_some()),
        open: count(&|post| post.open),
        random: RandomShare {
            drawn: count(&|post| post.random),
            decided: count(&|post| post.random && decided(post)),
            unsure: count(&|post| post.random && post.verdict == Some(Verdict::Unsure)),
        },
        all: group(None, &all),
        bands: (0..BANDS.len())
            .map(|band| {
                let of_band = || posts.iter().filter(move |post| post.band == band);
                BandFigures {
                    band: BANDS[band],
                    posts: of_band().count() as u64,
                    reviewed: share(of_band()),
                    random: share(of_band().filter(|post| post.random)),
                }
            })
            .collect(),
        languages,
        weeks,
        agreement: agreement(readings, waiting),
        drift: Vec::new(),
        models,
        method: Method {
            confidence: CONFIDENCE,
            precision: "Wilson",
            recall: "MOVER of Wilson's intervals, finite population corrected",
            agreement: "bootstrap over posts, percentiles of 1,000 samples",
        },
    }
}

/// The posts of each name, in the order of names.
fn grouped(posts: &[Post], name: impl Fn(&Post) -> Option<String>) -> Vec<Group> {
    let mut groups: BTreeMap<Option<String>, Vec<&Post>> = BTreeMap::new();
    for post in posts {
        groups.entry(name(post)).or_default().push(post);
    }
    groups.into_iter().map(|(name, posts)| group(name, &posts)).collect()
}

fn group(name: Option<String>, posts: &[&Post]) -> Group {
    let flagged = || posts.iter().copied().filter(|post| post.flagged);
    let (recall, missed, recall_needs) = match recall(posts) {
        Ok((recall, missed)) => {
            let needs = recall.is_none().then_some("a post that supports ISIS: none was found yet");
            (recall, Some(missed), needs)
        }
        Err(needs) => (None, None, Some(needs)),
    };
    Group {
        name,
        posts: posts.len() as u64,
        flagged: flagged().count() as u64,
        reviewed: share(flagged()),
        random: share(flagged().filter(|post| post.random)),
        recall,
        recall_needs,
        missed,
    }
}

fn share<'a>(posts: impl Iterator<Item = &'a Post>) -> Share {
    let mut share = Share::default();
    for verdict in posts.filter_map(|post| post.verdict) {
        match verdict {
            Verdict::Supports => share.supports += 1,
            Verdict::Not => share.not += 1,
            Verdict::Unsure => share.unsure += 1,
        }
    }
    let decided = share.supports + share.not;
    share.precision = (decided > 0).then(|| share.supports as f64 / decided as f64);
    share.interval = wilson_interval(share.supports, decided, CONFIDENCE).ok().map(bounds);
    share
}

/// Recall and the number of misses. A band of which all posts are decided is counted; of the others, flagged or not,
/// the random share speaks.
fn recall(posts: &[&Post]) -> Result<(Option<Estimate>, Estimate), &'static str> {
    let cell = |post: &Post| (post.flagged, post.band);
    let mut complete: BTreeMap<(bool, usize), bool> = BTreeMap::new();
    for post in posts {
        *complete.entry(cell(post)).or_insert(true) &=
            matches!(post.verdict, Some(Verdict::Supports | Verdict::Not));
    }
    // Flagged or not, and counted or drawn.
    let mut strata: BTreeMap<(bool, bool), Stratum> = BTreeMap::new();
    for post in posts {
        let counted = complete[&cell(post)];
        let stratum = strata.entry((post.flagged, counted)).or_insert(Stratum {
            flagged: post.flagged,
            texts: 0,
            read: 0,
            positive: 0,
        });
        stratum.texts += 1;
        if counted || post.random {
            stratum.read +=
                u64::from(matches!(post.verdict, Some(Verdict::Supports | Verdict::Not)));
            stratum.positive += u64::from(post.verdict == Some(Verdict::Supports));
        }
    }
    let strata: Vec<Stratum> = strata.into_values().collect();
    if strata.iter().any(|stratum| stratum.read == 0) {
        return Err("verdicts on posts of the random share, above and below the threshold");
    }
    let sampled = recall_from_sample(&strata, CONFIDENCE)
        .map_err(|_| "verdicts on posts of the random share, above and below the threshold")?;
    Ok((sampled.recall.map(estimate), estimate(sampled.missed)))
}

fn agreement(readings: &[Readings], waiting: u64) -> AgreementFigures {
    let number = |verdict: Verdict| match verdict {
        Verdict::Supports => 0_usize,
        Verdict::Not => 1,
        Verdict::Unsure => 2,
    };
    let options = Bootstrap { confidence: CONFIDENCE, ..Bootstrap::default() };
    let texts: Vec<Vec<usize>> = readings
        .iter()
        .map(|pair| pair.iter().map(|(_, verdict)| number(*verdict)).collect())
        .collect();
    // An error means that no post has two readings.
    let alpha = krippendorffs_alpha(&texts, &options).ok();
    let mut by_pair: BTreeMap<[String; 2], Vec<[usize; 2]>> = BTreeMap::new();
    for [(first, one), (second, other)] in readings {
        let (names, pair) = if first <= second {
            ([first.clone(), second.clone()], [number(*one), number(*other)])
        } else {
            ([second.clone(), first.clone()], [number(*other), number(*one)])
        };
        by_pair.entry(names).or_default().push(pair);
    }
    let mut pairs: Vec<PairFigures> = by_pair
        .into_iter()
        .map(|(reviewers, pairs)| {
            let kappa = cohens_kappa(&pairs, &options).ok();
            PairFigures {
                reviewers,
                posts: pairs.len(),
                kappa: kappa.and_then(|it| it.value),
                interval: kappa.and_then(|it| it.interval).map(bounds),
            }
        })
        .collect();
    pairs.sort_by_key(|pair| std::cmp::Reverse(pair.posts));
    let interval = |it: Agreement| it.interval.map(bounds);
    AgreementFigures {
        posts: texts.len(),
        same: texts.iter().filter(|pair| pair[0] == pair[1]).count(),
        waiting,
        alpha: alpha.and_then(|it| it.value),
        alpha_interval: alpha.and_then(interval),
        pairs,
    }
}

fn bounds(interval: Interval) -> Bounds {
    Bounds { lower: interval.lower, upper: interval.upper }
}

fn estimate(estimated: Estimated) -> Estimate {
    Estimate { value: estimated.value, interval: bounds(estimated.interval) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn post(band: &str, random: bool, verdict: Option<Verdict>) -> Post {
        let band = BANDS.iter().position(|known| *known == band).unwrap();
        Post {
            band,
            lang: Some("en".to_owned()),
            week: "2026-W49".to_owned(),
            flagged: band > 1,
            random,
            open: verdict.is_none(),
            verdict,
        }
    }

    fn times(count: usize, post: Post) -> Vec<Post> {
        vec![post; count]
    }

    #[test]
    fn of_flagged_posts_all_read_and_a_random_tenth_of_the_others_recall_is_estimated() {
        let posts = [
            times(30, post("review", false, Some(Verdict::Supports))),
            times(20, post("review", false, Some(Verdict::Not))),
            times(2, post("none", true, Some(Verdict::Supports))),
            times(98, post("none", true, Some(Verdict::Not))),
            // Read for another reason: above the random share, it must not count twice.
            times(10, post("none", false, Some(Verdict::Supports))),
            times(890, post("none", false, None)),
        ]
        .concat();
        let all = figures(&posts, &[], 0, Vec::new()).all;
        assert_eq!((all.posts, all.flagged), (1050, 50));
        assert_eq!(all.reviewed.precision, Some(0.6));
        assert_eq!(all.random.precision, None, "no flagged post was drawn");
        // The hand-computed case of the crate `metrics`: 30 found, 2 % of 1,000 missed.
        let recall = all.recall.unwrap();
        assert!((recall.value - 0.6).abs() < 1e-12);
        assert!((all.missed.unwrap().value - 20.0).abs() < 1e-12);
        assert!((recall.interval.lower - 30.0 / (30.0 + 66.279)).abs() < 1e-4, "{recall:?}");
    }

    #[test]
    fn without_a_random_share_there_is_no_recall_and_it_says_why() {
        let posts = [
            times(3, post("review", false, Some(Verdict::Supports))),
            times(9, post("none", false, None)),
        ]
        .concat();
        let all = figures(&posts, &[], 0, Vec::new()).all;
        assert_eq!((all.recall, all.missed), (None, None));
        assert!(all.recall_needs.unwrap().contains("random share"));
        let empty = figures(&[], &[], 0, Vec::new());
        assert_eq!((empty.posts, empty.all.recall), (0, None));
    }

    #[test]
    fn bands_show_what_was_read_and_what_was_drawn_apart() {
        let posts = [
            times(8, post("priority_review", false, Some(Verdict::Supports))),
            times(2, post("priority_review", true, Some(Verdict::Not))),
            times(1, post("priority_review", true, Some(Verdict::Unsure))),
        ]
        .concat();
        let figures = figures(&posts, &[], 0, Vec::new());
        let band = &figures.bands[3];
        assert_eq!((band.reviewed.supports, band.reviewed.not, band.reviewed.unsure), (8, 2, 1));
        assert_eq!(band.reviewed.precision, Some(0.8));
        // statsmodels: proportion_confint(8, 10, method="wilson")
        assert!((band.reviewed.interval.unwrap().lower - 0.490_162_471_5).abs() < 1e-9);
        assert_eq!(band.random.precision, Some(0.0));
        assert_eq!(figures.random, RandomShare { drawn: 3, decided: 2, unsure: 1 });
        assert_eq!(figures.languages[0].name.as_deref(), Some("en"));
        assert_eq!(figures.weeks[0].name.as_deref(), Some("2026-W49"));
    }

    #[test]
    fn pairs_are_the_same_whoever_read_first() {
        use Verdict::{Not, Supports};
        let read = |a: &str, one, b: &str, other| [(a.to_owned(), one), (b.to_owned(), other)];
        let readings = [
            vec![read("ann", Supports, "bob", Supports); 10],
            vec![read("bob", Supports, "ann", Supports); 10],
            vec![read("ann", Supports, "bob", Not); 5],
            vec![read("bob", Supports, "ann", Not); 10],
            vec![read("ann", Not, "bob", Not); 15],
        ]
        .concat();
        let agreement = agreement(&readings, 3);
        assert_eq!((agreement.posts, agreement.same, agreement.waiting), (50, 35, 3));
        let [pair] = agreement.pairs.as_slice() else { panic!() };
        assert_eq!(pair.reviewers, ["ann", "bob"]);
        // The textbook case: 0.7 agreed, 0.5 by chance.
        assert!((pair.kappa.unwrap() - 0.4).abs() < 1e-12);
        assert!(agreement.alpha.unwrap() > 0.38 && agreement.alpha.unwrap() < 0.42);
    }
}
