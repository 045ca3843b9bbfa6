//! The shapes of X's JSON, in the old spelling ("tweet") and the new ("post").
//!
//! Every field is optional that is not needed: X adds, renames and leaves out.

use serde::Deserialize;

/// Reply to a lookup of one post or many, successful or not.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Reply {
    pub(super) data: Option<OneOrMany>,
    #[serde(default)]
    pub(super) includes: Includes,
    #[serde(default)]
    pub(super) errors: Vec<Problem>,
    /// A reply that is itself a problem has its fields at the top.
    #[serde(flatten)]
    pub(super) problem: Problem,
}

/// One lookup gives an object, many give a list.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    Many(Vec<Post>),
    One(Box<Post>),
}

impl OneOrMany {
    pub(super) fn into_posts(self) -> Vec<Post> {
        match self {
            Self::One(post) => vec![*post],
            Self::Many(posts) => posts,
        }
    }
}

/// A post.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Post {
    pub(super) id: String,
    #[serde(default)]
    pub(super) text: String,
    /// The whole text of a post longer than 280 characters; `text` is cut then.
    #[serde(alias = "note_post")]
    pub(super) note_tweet: Option<Note>,
    #[serde(alias = "referenced_posts", default)]
    pub(super) referenced_tweets: Vec<Reference>,
    pub(super) lang: Option<String>,
    pub(super) created_at: Option<String>,
}

/// A long text.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Note {
    pub(super) text: String,
}

/// A post that this one retweets, quotes or answers.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Reference {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) id: String,
}

/// Referenced posts in full.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Includes {
    #[serde(alias = "posts", default)]
    pub(super) tweets: Vec<Post>,
}

/// X's description of an error, for one id or for the whole request.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Problem {
    pub(super) title: Option<String>,
    pub(super) detail: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    /// The request parameter at fault: `id` or `ids` for the post itself,
    /// `referenced_tweets.id` for one that it refers to.
    pub(super) parameter: Option<String>,
    pub(super) resource_id: Option<String>,
    pub(super) value: Option<String>,
    #[serde(default)]
    pub(super) parameters: Parameters,
}

/// The values that an invalid request had.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Parameters {
    #[serde(alias = "id", default)]
    pub(super) ids: Vec<String>,
}

impl Problem {
    /// The id that a problem of one post names.
    pub(super) fn subject(&self) -> Option<&str> {
        let about_the_post =
            self.parameter.as_deref().is_some_and(|name| name == "id" || name == "ids");
        if !about_the_post {
            return None;
        }
        self.resource_id.as_deref().or(self.value.as_deref())
    }
}

impl Post {
    /// The text to score: whole, of a retweet the retweeted one, HTML entities undone once.
    pub(super) fn full_text(&self, includes: &Includes) -> String {
        let retweeted = self
            .referenced_tweets
            .iter()
            .find(|reference| matches!(reference.kind.as_str(), "retweeted" | "reposted"))
            .and_then(|reference| includes.tweets.iter().find(|post| post.id == reference.id));
        let post = retweeted.unwrap_or(self);
        let text = post.note_tweet.as_ref().map_or(post.text.as_str(), |note| note.text.as_str());
        unescape_once(text)
    }
}

/// Undoes X's HTML escaping, once: `&amp;lt;` is what somebody who wrote `&lt;` meant.
fn unescape_once(text: &str) -> String {
    const ENTITIES: [(&str, char); 6] = [
        ("&amp;", '&'),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&quot;", '"'),
        ("&#39;", '\''),
        ("&apos;", '\''),
    ];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (length, plain) = ENTITIES
            .iter()
            .find(|(entity, _)| rest.starts_with(entity))
            .map_or((1, '&'), |(entity, plain)| (entity.len(), *plain));
        out.push(plain);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn first(json: &str) -> (Post, Includes) {
        let reply: Reply = serde_json::from_str(json).unwrap();
        (reply.data.unwrap().into_posts().remove(0), reply.includes)
    }

    #[test]
    fn html_is_unescaped_once_and_only_once() {
        assert_eq!(unescape_once("a &amp; b &lt;3 &gt; &quot;c&#39;"), "a & b <3 > \"c'");
        assert_eq!(unescape_once("&amp;lt; &amp;amp;"), "&lt; &amp;");
        assert_eq!(unescape_once("AT&T & ü &unknown; &"), "AT&T & ü &unknown; &");
    }

    #[test]
    fn a_long_post_is_read_from_its_note_in_both_spellings() {
        for name in ["note_tweet", "note_post"] {
            let json = format!(
                r#"{{"data":{{"id":"1","text":"cut…","{name}":{{"text":"the whole &amp; full text","entities":{{}}}}}}}}"#
            );
            let (post, includes) = first(&json);
            assert_eq!(post.full_text(&includes), "the whole & full text");
        }
    }

    #[test]
    fn a_retweet_is_read_from_the_retweeted_post_in_both_spellings() {
        for (references, kind, posts) in [
            ("referenced_tweets", "retweeted", "tweets"),
            ("referenced_posts", "reposted", "posts"),
        ] {
            let json = format!(
                r#"{{"data":[{{"id":"2","text":"RT @x: the who…","{references}":[{{"type":"{kind}","id":"1"}}]}}],
                "includes":{{"{posts}":[{{"id":"1","text":"the who…","note_tweet":{{"text":"the whole of it"}}}}]}}}}"#
            );
            let (post, includes) = first(&json);
            assert_eq!(post.full_text(&includes), "the whole of it");
        }
    }

    #[test]
    fn a_quoted_or_answered_post_does_not_replace_the_text() {
        let (post, includes) = first(
            r#"{"data":{"id":"2","text":"mine","referenced_tweets":[{"type":"quoted","id":"1"}]},
            "includes":{"tweets":[{"id":"1","text":"theirs"}]}}"#,
        );
        assert_eq!(post.full_text(&includes), "mine");
    }
}
