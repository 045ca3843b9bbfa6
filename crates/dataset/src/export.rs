//! Annotators' answers on a text, in the exports of Label Studio, Doccano, Argilla and Prodigy.

use serde_json::Value;

use crate::columns::is_loosely;
use crate::json::Object;

/// The answer of one annotator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vote {
    /// This label.
    For(String),
    /// Not this label: Prodigy's `reject`.
    Against(String),
}

/// The answers of all annotators, if this object is of such an export; empty if nobody has
/// answered, or only that the text is to be left out.
///
/// # Errors
/// The fault, in words, of annotations that give no label.
pub(crate) fn votes(object: &Object, column: &str) -> Result<Option<Vec<Vote>>, String> {
    let list = |name: &str| match parsed(object, name) {
        Some(Value::Array(items)) => Some(items),
        _ => None,
    };
    if let Some(answer) = object.text("answer").filter(|it| is_answer(it)) {
        return Ok(prodigy(object, &answer));
    }
    if let Some(annotations) = list("annotations").or_else(|| list("completions")) {
        return label_studio(&annotations, column).map(Some);
    }
    if let (Some(Value::Object(responses)), true) =
        (parsed(object, "responses"), object.object("fields").is_some())
    {
        return argilla(responses.into_iter().collect(), column).map(Some);
    }
    if object.json("annotation").is_some() && object.json("annotation_agent").is_some() {
        let discarded = object.text("status").is_some_and(|status| status == "Discarded");
        let said = parsed(object, "annotation").filter(|_| !discarded);
        return plain_votes(&said.unwrap_or(Value::Null), "annotation").map(Some);
    }
    let responses = object.names().filter(|name| name.ends_with(".responses"));
    let responses: Vec<(String, Value)> = responses
        .filter_map(|name| {
            Some((name.trim_end_matches(".responses").to_owned(), parsed(object, name)?))
        })
        .collect();
    if !responses.is_empty() {
        return argilla(responses, column).map(Some);
    }
    let other = if object.json(column).is_none() && column == "label" { "labels" } else { column };
    match parsed(object, other) {
        Some(Value::Array(said)) => plain_votes(&Value::Array(said), other).map(Some),
        Some(Value::Object(mut said)) => match said.remove("choices") {
            Some(choices) => plain_votes(&choices, other).map(Some),
            None => Ok(None),
        },
        _ => Ok(None),
    }
}

fn parsed(object: &Object, name: &str) -> Option<Value> {
    serde_json::from_str(object.json(name)?).ok()
}

fn is_answer(answer: &str) -> bool {
    matches!(answer, "accept" | "reject" | "ignore")
}

/// A choice among options (`accept` lists those taken), or yes or no to one `label`.
fn prodigy(object: &Object, answer: &str) -> Option<Vec<Vote>> {
    if answer == "ignore" {
        return Some(Vec::new());
    }
    if let Some(taken @ Value::Array(_)) = parsed(object, "accept") {
        // A choice that was rejected says nothing of the text.
        let taken = plain_votes(&taken, "accept").unwrap_or_default();
        return Some(if answer == "accept" { taken } else { Vec::new() });
    }
    let label = object.plain("label")?;
    Some(vec![if answer == "accept" { Vote::For(label) } else { Vote::Against(label) }])
}

fn label_studio(annotations: &[Value], column: &str) -> Result<Vec<Vote>, String> {
    let is_true = |value: &Value| value.as_bool() == Some(true);
    let kept =
        annotations.iter().filter(|it| !is_true(&it["was_cancelled"]) && !is_true(&it["skipped"]));
    let mut choices: Vec<(&str, &Value)> = Vec::new();
    for annotation in kept {
        let Some(result) = annotation["result"].as_array() else {
            return Err(
                "\"annotations\" hold no \"result\": they name labels by number, so export \
                        the labels themselves (JSONL or CSV)"
                    .to_owned(),
            );
        };
        let found = result.iter().filter(|region| region["value"]["choices"].is_array());
        let before = choices.len();
        choices.extend(found.map(|region| {
            (region["from_name"].as_str().unwrap_or_default(), &region["value"]["choices"])
        }));
        if choices.len() == before && !result.is_empty() {
            return Err(
                "\"annotations\" hold no choices: label whole texts with Choices".to_owned()
            );
        }
    }
    let choices = of_one_question(choices, column)?;
    choices
        .into_iter()
        .map(|said| plain_votes(said, "choices"))
        .collect::<Result<Vec<_>, _>>()
        .map(|it| it.concat())
}

/// `{"question": [{"value": "label", "user_id": "…"}]}`, or `question.responses: ["label"]`.
fn argilla(responses: Vec<(String, Value)>, column: &str) -> Result<Vec<Vote>, String> {
    let responses = responses.iter().map(|(name, said)| (name.as_str(), said)).collect();
    let mut votes = Vec::new();
    for said in of_one_question(responses, column)? {
        for said in said.as_array().map(Vec::as_slice).unwrap_or_default() {
            match said.get("value") {
                Some(_) if matches!(said["status"].as_str(), Some("discarded" | "draft")) => {}
                Some(value) => votes.extend(plain_votes(value, "value")?),
                None => votes.extend(plain_votes(said, "responses")?),
            }
        }
    }
    Ok(votes)
}

/// The answers to the question of this name, or to the only one.
fn of_one_question<T>(said: Vec<(&str, T)>, column: &str) -> Result<Vec<T>, String> {
    let asked = |name: &str| is_loosely(name, column);
    let any = said.iter().any(|(name, _)| asked(name));
    let mut names: Vec<&str> = said.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    if !any && names.len() > 1 {
        return Err(format!(
            "the annotations answer several questions ({}): name the one with the label with \
             --label-column",
            names.join(", ")
        ));
    }
    Ok(said.into_iter().filter(|(name, _)| !any || asked(name)).map(|(_, said)| said).collect())
}

/// A label, or a list of labels; null is none.
fn plain_votes(said: &Value, field: &str) -> Result<Vec<Vote>, String> {
    let one = |said: &Value| match said {
        Value::Null => Ok(None),
        Value::String(label) => Ok(Some(Vote::For(label.clone()))),
        Value::Bool(_) | Value::Number(_) => Ok(Some(Vote::For(said.to_string()))),
        _ => Err(format!(
            "\"{field}\" holds marks within the text, not a label of the whole: label whole texts"
        )),
    };
    let all =
        if let Value::Array(all) = said { all.as_slice() } else { std::slice::from_ref(said) };
    Ok(all.iter().map(one).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn said(json: &str) -> Result<Option<Vec<Vote>>, String> {
        votes(&Object::parse(json).unwrap(), "label")
    }

    fn labels(json: &str) -> Vec<String> {
        let votes = said(json).unwrap().unwrap_or_else(|| panic!("no export: {json}"));
        let names = votes.into_iter().map(|vote| match vote {
            Vote::For(label) => label,
            Vote::Against(label) => format!("not {label}"),
        });
        names.collect()
    }

    /// An annotation of Label Studio.
    fn annotation(question: &str, choice: &str, cancelled: bool) -> String {
        format!(
            r#"{{"id":1,"completed_by":2,"was_cancelled":{cancelled},"result":[{{"id":"x","type":"choices",
               "from_name":"{question}","to_name":"text","value":{{"choices":["{choice}"]}}}}]}}"#
        )
    }

    #[test]
    fn label_studio() {
        let task = |annotations: &[String]| {
            format!(r#"{{"id":1,"data":{{"text":"a"}},"annotations":[{}]}}"#, annotations.join(","))
        };
        let [yes, no] = [annotation("stance", "yes", false), annotation("stance", "no", true)];
        assert_eq!(labels(&task(&[yes.clone(), no])), ["yes"]);
        assert_eq!(labels(&task(&[])), Vec::<String>::new());
        let other = annotation("tone", "calm", false);
        let message = said(&task(&[yes, other.clone()])).unwrap_err();
        assert!(
            message.contains("stance, tone") && message.contains("--label-column"),
            "{message}"
        );
        assert_eq!(labels(&task(&[annotation("Label", "1", false), other])), ["1"]);
        let spans = r#"{"result":[{"type":"labels","value":{"start":0,"end":1,"labels":["x"]}}]}"#;
        assert!(said(&task(&[spans.into()])).unwrap_err().contains("no choices"));
        let numbers = r#"{"text":"a","annotations":[{"label":3,"user":1}]}"#;
        assert!(said(numbers).unwrap_err().contains("by number"));
        assert_eq!(labels(r#"{"text":"a","label":{"choices":["1"]}}"#), ["1"]);
    }

    #[test]
    fn doccano() {
        assert_eq!(
            labels(r#"{"id":1,"text":"a","label":["pro_isis"],"Comments":[]}"#),
            ["pro_isis"]
        );
        assert_eq!(labels(r#"{"id":1,"data":"a","label":[]}"#), Vec::<String>::new());
        assert_eq!(labels(r#"{"text":"a","labels":[1]}"#), ["1"]);
        assert!(said(r#"{"text":"a","label":[[0,1,"X"]]}"#).unwrap_err().contains("whole texts"));
    }

    #[test]
    fn argilla() {
        let record = |responses: &str| {
            format!(
                r#"{{"id":"1","status":"completed","fields":{{"text":"a"}},"metadata":{{}},
                       "suggestions":{{"label":{{"value":"x"}}}},"responses":{responses}}}"#
            )
        };
        let two = r#"{"label":[{"value":"1","user_id":"u"},{"value":"0","user_id":"v","status":"discarded"}]}"#;
        assert_eq!(labels(&record(two)), ["1"]);
        assert_eq!(labels(&record("{}")), Vec::<String>::new());
        let flat = r#"{"text":"a","label.responses":["1","0"],"label.responses.users":["u","v"]}"#;
        assert_eq!(labels(flat), ["1", "0"]);
        let first = r#"{"text":"a","inputs":{"text":"a"},"annotation":"1","annotation_agent":"me","status":"Validated"}"#;
        assert_eq!(labels(first), ["1"]);
        assert_eq!(labels(&first.replace(r#""1""#, "null")), Vec::<String>::new());
    }

    #[test]
    fn prodigy() {
        let binary = |answer: &str| format!(r#"{{"text":"a","label":"PRO","answer":"{answer}"}}"#);
        assert_eq!(labels(&binary("accept")), ["PRO"]);
        assert_eq!(labels(&binary("reject")), ["not PRO"]);
        assert_eq!(labels(&binary("ignore")), Vec::<String>::new());
        let choice =
            r#"{"text":"a","options":[{"id":"0"},{"id":"1"}],"accept":["1"],"answer":"accept"}"#;
        assert_eq!(labels(choice), ["1"]);
        assert_eq!(
            labels(&choice.replace(r#""answer":"accept""#, r#""answer":"reject""#)),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_plain_labelled_object_is_no_export() {
        assert_eq!(said(r#"{"text":"a","label":1}"#), Ok(None));
        assert_eq!(said(r#"{"text":"a","answer":"yes","label":"0"}"#), Ok(None));
    }
}
