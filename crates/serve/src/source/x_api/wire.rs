//! The shapes of X's JSON, in the old spelling ("tweet") and the new ("post"), or both at once.
//!
//! X adds, renames and leaves out. So each post is read by itself, and each field of it: what is
//! absent, null, empty or of another kind than expected is the same as not there, and spoils nothing
//! beside it.

use serde_json::Value;

use crate::TweetId;
use crate::json;
use crate::tweet::Tweet;

/// Reply to a lookup of one post or many, successful or not.
#[derive(Debug, Default)]
pub struct Reply {
    /// The posts that were asked for.
    pub(super) posts: Vec<Post>,
    /// Those that they refer to.
    pub(super) included: Vec<Post>,
    pub(super) errors: Vec<Problem>,
    /// A reply that is itself a problem has its fields at the top.
    problem: Problem,
}

/// A post.
#[derive(Debug, Clone, Default)]
pub(super) struct Post {
    id: String,
    text: Option<String>,
    /// The whole text of a post longer than 280 characters; `text` is cut then.
    note: Option<String>,
    /// The post that this one passes on.
    retweeted: Option<String>,
    lang: Option<String>,
    created_at: Option<String>,
}

/// X's description of an error, for one id or for the whole request.
#[derive(Debug, Clone, Default)]
pub(super) struct Problem {
    pub(super) title: Option<String>,
    pub(super) detail: Option<String>,
    pub(super) kind: Option<String>,
    /// The request parameter at fault: `id` or `ids` for the post itself,
    /// `referenced_tweets.id` for one that it refers to.
    parameter: Option<String>,
    resource_id: Option<String>,
    value: Option<String>,
    /// The ids that X finds invalid.
    pub(super) invalid: Vec<String>,
}

impl Reply {
    /// Reads the body of a reply; `None` if it is none.
    pub fn parse(body: &[u8]) -> Option<Self> {
        json::value(body).as_ref().and_then(Self::read)
    }

    /// The post of an id, as the tweet that was asked for.
    pub(super) fn tweet(&self, id: &TweetId) -> Option<Tweet> {
        let post = self.posts.iter().find(|post| post.id == id.as_str())?;
        Some(post.tweet(id, &self.included))
    }

    fn read(json: &Value) -> Option<Self> {
        json.as_object()?;
        let includes = &json["includes"];
        Some(Self {
            posts: list(&json["data"]).iter().filter_map(Post::read).collect(),
            included: ["tweets", "posts"]
                .iter()
                .flat_map(|name| list(&includes[name]))
                .filter_map(Post::read)
                .collect(),
            errors: list(&json["errors"]).iter().map(Problem::read).collect(),
            problem: Problem::read(json),
        })
    }

    /// The problem that a reply without posts names: at the top, or else first in its list.
    pub(super) fn main_problem(&self) -> &Problem {
        let top = &self.problem;
        let is_said = top.kind.is_some() || top.title.is_some();
        if is_said { top } else { self.errors.first().unwrap_or(top) }
    }
}

impl Post {
    fn read(json: &Value) -> Option<Self> {
        let references =
            ["referenced_tweets", "referenced_posts"].iter().flat_map(|name| list(&json[name]));
        let passes_on = |reference: &&Value| {
            matches!(reference["type"].as_str(), Some("retweeted" | "reposted"))
        };
        Some(Self {
            id: name(&json["id"])?,
            text: text(&json["text"]),
            note: text(&json["note_tweet"]["text"]).or_else(|| text(&json["note_post"]["text"])),
            retweeted: references.filter(passes_on).find_map(|reference| name(&reference["id"])),
            lang: text(&json["lang"]),
            created_at: text(&json["created_at"]),
        })
    }

    /// It as the tweet that was asked for.
    fn tweet(&self, id: &TweetId, included: &[Self]) -> Tweet {
        Tweet {
            id: id.clone(),
            text: self.full_text(included),
            lang: self.lang.clone(),
            created_at: self.created_at.clone(),
        }
    }

    /// The text to score: whole, of a retweet the retweeted one, HTML entities undone once. Empty
    /// where X gives none.
    fn full_text(&self, included: &[Self]) -> String {
        let retweeted = self.retweeted.as_deref();
        let retweeted = included.iter().find(|post| Some(&*post.id) == retweeted);
        let text = retweeted.and_then(Self::own_text).or_else(|| self.own_text());
        unescape_once(text.unwrap_or_default())
    }

    fn own_text(&self) -> Option<&str> {
        self.note.as_deref().or(self.text.as_deref())
    }
}

impl Problem {
    /// Reads a problem, of which any field may be missing.
    pub(super) fn read(json: &Value) -> Self {
        let parameters = &json["parameters"];
        let invalid = ["ids", "id"].iter().flat_map(|field| list(&parameters[field]));
        Self {
            title: text(&json["title"]),
            detail: text(&json["detail"]),
            kind: text(&json["type"]),
            parameter: text(&json["parameter"]),
            resource_id: name(&json["resource_id"]),
            value: name(&json["value"]),
            invalid: invalid.filter_map(name).collect(),
        }
    }

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

/// The items of a list; a single one may stand without it.
fn list(json: &Value) -> &[Value] {
    match json {
        Value::Array(items) => items,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

/// A text that is there and has something in it.
fn text(json: &Value) -> Option<String> {
    json.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

/// An id, as a string or a number.
fn name(json: &Value) -> Option<String> {
    match json {
        Value::Number(number) => Some(number.to_string()),
        other => text(other),
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
    use serde_json::json;

    use super::*;

    fn first_text(json: &Value) -> String {
        let reply = Reply::read(json).unwrap();
        reply.posts[0].full_text(&reply.included)
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
            let json = json!({ "data": { "id": "1", "text": "cut…",
                name: { "text": "the whole &amp; full text", "entities": {} } } });
            assert_eq!(first_text(&json), "the whole & full text");
        }
    }

    #[test]
    fn a_retweet_is_read_from_the_retweeted_post_in_both_spellings() {
        for (references, kind, posts) in [
            ("referenced_tweets", "retweeted", "tweets"),
            ("referenced_posts", "reposted", "posts"),
        ] {
            let json = json!({
                "data": [{ "id": "2", "text": "RT @x: the who…", references: [{ "type": kind, "id": "1" }] }],
                "includes": { posts: [{ "id": "1", "text": "the who…", "note_tweet": { "text": "the whole of it" } }] },
            });
            assert_eq!(first_text(&json), "the whole of it");
        }
    }

    #[test]
    fn a_quoted_or_answered_post_does_not_replace_the_text() {
        let json = json!({
            "data": { "id": "2", "text": "mine", "referenced_tweets": [{ "type": "quoted", "id": "1" }] },
            "includes": { "tweets": [{ "id": "1", "text": "theirs" }] },
        });
        assert_eq!(first_text(&json), "mine");
    }

    #[test]
    fn an_optional_field_that_is_null_empty_or_odd_is_not_there() {
        for odd in
            [json!(null), json!({}), json!([]), json!(""), json!(7), json!([null]), json!([{}])]
        {
            let json = json!({
                "data": [{ "id": "1", "text": "mine", "note_tweet": odd, "referenced_tweets": odd,
                    "lang": odd, "created_at": odd }],
                "includes": odd,
                "errors": odd,
            });
            assert_eq!(first_text(&json), "mine", "{odd}");
            let json = json!({ "data": { "id": "1", "text": "mine", "note_tweet": { "text": odd },
                "referenced_tweets": [{ "type": "retweeted", "id": odd }, { "type": odd, "id": "3" }] } });
            assert_eq!(first_text(&json), "mine", "{odd}");
        }
        let both = json!({ "data": { "id": "1", "text": "cut…", "note_tweet": null,
            "note_post": { "text": "whole" } } });
        assert_eq!(first_text(&both), "whole", "while X renames its fields, both may be there");
    }

    #[test]
    fn a_retweet_whose_original_has_no_text_is_read_from_its_own() {
        for original in
            [json!({}), json!({ "text": null }), json!({ "text": "", "note_tweet": {} })]
        {
            let mut included = original.clone();
            included["id"] = json!("1");
            let json = json!({
                "data": { "id": "2", "text": "RT @x: mine", "referenced_tweets": [{ "type": "retweeted", "id": 1 }] },
                "includes": { "tweets": [null, included] },
            });
            assert_eq!(first_text(&json), "RT @x: mine", "{original}");
        }
    }

    #[test]
    fn a_post_that_is_none_leaves_the_others() {
        let json = json!({ "data": [null, 5, "a", {}, { "text": "no id" }, { "id": 9, "text": "b" },
            { "id": "8", "text": null }] });
        let reply = Reply::read(&json).unwrap();
        let ids: Vec<&str> = reply.posts.iter().map(|post| &*post.id).collect();
        assert_eq!(ids, ["9", "8"]);
        assert_eq!(reply.posts[1].full_text(&[]), "");
    }

    #[test]
    fn a_problem_names_its_post_by_string_or_number() {
        for id in [json!("7"), json!(7)] {
            let problem =
                Problem::read(&json!({ "parameter": "ids", "resource_id": null, "value": id }));
            assert_eq!(problem.subject(), Some("7"));
            let refused = Problem::read(&json!({ "parameters": { "ids": [id, null], "id": id } }));
            assert_eq!(refused.invalid, ["7", "7"]);
        }
        assert_eq!(Problem::read(&json!({ "parameters": null, "errors": null })).subject(), None);
    }
}
