//! The report as a whole, on made-up posts and a made-up classifier.
#![allow(clippy::unwrap_used)]

mod common;

use eval::report::html::page;
use eval::{Classifier, EvalError, Inputs, Post, Prediction, Report, Text, evaluate};
use serde_json::Value;

fn make(inputs: Inputs) -> Report {
    evaluate(inputs, &|_, _, _| ()).unwrap()
}

/// Every element that is opened is closed, in order.
fn check_elements(html: &str) {
    let mut open: Vec<&str> = Vec::new();
    let void = ["!DOCTYPE", "meta"];
    for tag in html.split('<').skip(1) {
        let (inside, _) = tag.split_once('>').unwrap();
        let name = inside.trim_start_matches('/').split([' ', '/']).next().unwrap();
        if inside.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{inside}");
        } else if !inside.ends_with('/') && !void.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

fn json(report: &Report) -> Value {
    serde_json::to_value(report).unwrap()
}

#[test]
fn every_part_is_there_and_agrees_with_the_others() {
    let report = make(common::inputs(1_500));
    let json = json(&report);
    for part in [
        "overall",
        "bands",
        "prevalence",
        "operating_points",
        "curves",
        "calibration",
        "slices",
        "sources",
        "mentions",
        "suite",
        "invariance",
        "leaks",
        "baselines",
        "comparison",
        "mistakes",
        "findings",
        "settings",
        "data",
        "model",
    ] {
        assert!(!json[part].is_null(), "{part}");
    }
    let overall = &json["overall"];
    assert_eq!(overall["rows"], 1_500);
    let counts = &overall["confusion"];
    let sum: u64 = counts.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(sum, 1_500);
    let accuracy = overall["metrics"]["accuracy"]["value"].as_f64().unwrap();
    let right =
        counts["true_positives"].as_u64().unwrap() + counts["true_negatives"].as_u64().unwrap();
    assert!((accuracy - right as f64 / 1_500.0).abs() < 1e-12);
    assert!(accuracy > 0.6);
    let shipped = &json["operating_points"][0];
    assert_eq!(
        (&shipped["name"], &shipped["shipped"]),
        (&"shipped threshold".into(), &true.into())
    );
    assert_eq!(shipped["recall"], overall["metrics"]["recall"]["value"]);
    let bands: u64 =
        json["bands"].as_array().unwrap().iter().map(|band| band["rows"].as_u64().unwrap()).sum();
    assert_eq!(bands, 1_500);
    for slices in &report.slices {
        let listed: usize = slices.parts.iter().map(|part| part.rows).sum();
        assert!(listed <= 1_500 && (slices.left_out > 0 || listed == 1_500), "{}", slices.by);
    }
    assert_eq!(json["sources"].as_array().unwrap().len(), 3);
    assert_eq!(json["baselines"]["baselines"].as_array().unwrap().len(), 3);
    assert_eq!(report.mistakes.len(), 6);
}

#[test]
fn the_classifier_is_invariant_and_the_report_says_so() {
    let report = make(common::inputs(300));
    let invariance = report.invariance.unwrap();
    assert_eq!(invariance.moved, 0, "{invariance:#?}");
    assert!(invariance.edited > 1_000);
}

#[test]
fn baselines_learn_and_the_model_is_held_against_them() {
    let report = make(common::inputs(1_500));
    let baselines = report.baselines.unwrap().baselines;
    let auc = |index: usize| {
        eval::figure::get(&baselines[index].metrics, metrics::Measure::RocAuc).unwrap().value
    };
    assert!((auc(0) - 0.5).abs() < 1e-12, "a constant cannot rank");
    assert!(auc(1) > 0.6, "{}", auc(1));
    assert!(auc(2) > 0.95, "{}", auc(2));
    // The made-up classifier loses to the regression, and the report must say so.
    let finding = report.findings.iter().find(|finding| finding.text.contains("TF-IDF")).unwrap();
    assert!(finding.text.contains("is beaten by"), "{}", finding.text);
    let (_, both) = baselines[2].model_minus_baseline[0];
    assert!(both.unwrap().difference.upper.unwrap() < 0.0);
}

#[test]
fn baselines_are_also_measured_without_the_rows_near_a_training_row() {
    // The first 200 of the evaluated posts, like no other, stand in the training rows as well; none
    // of the others is near a training row.
    let inputs = || {
        let mut inputs = common::inputs(600);
        for (row, post) in inputs.posts[..200].iter_mut().enumerate() {
            post.text = Text::new(format!("a{row} b{row} c{row} d{row} e{row}"));
        }
        let texts = |posts: &[Post]| posts.iter().map(|post| post.text.raw().to_owned()).collect();
        let (evaluated, seen): (Vec<String>, Vec<String>) =
            (texts(&inputs.posts), texts(&inputs.train));
        let mut near = dataset::near_shared(&seen, &evaluated, 0.7).into_iter();
        inputs.train.retain(|_| near.next().flatten().is_none());
        let echoes = inputs.posts[..200].iter().map(|post| Post {
            text: Text::new(format!("RT @someone: {}!", post.text.raw())),
            ..post.clone()
        });
        inputs.train.extend(echoes);
        inputs
    };
    let report = make(inputs());
    let shared = report.leaks.shared.as_ref().unwrap();
    assert_eq!(shared.near_rows, 200);
    let baselines = report.baselines.as_ref().unwrap();
    assert_eq!(baselines.shared_rows_dropped, 200);

    // The figures on the others alone, from the same training rows.
    let mut alone = inputs();
    alone.posts.drain(..200);
    alone.train.truncate(alone.train.len() - 200);
    let others = make(alone);
    assert_eq!(others.leaks.shared.as_ref().unwrap().near_rows, 0);
    let whole = |measures, measure| eval::figure::get(measures, measure).map(|found| found.value);
    let (auc, f1) = (metrics::Measure::RocAuc, metrics::Measure::F1);
    let models = [(&shared.without_near, &others.overall.metrics)];
    let figures = baselines.baselines.iter().zip(&others.baselines.as_ref().unwrap().baselines);
    let figures = figures.map(|(baseline, alone)| (&baseline.without_near, &alone.metrics));
    for (found, alone) in models.into_iter().chain(figures) {
        assert_eq!(found.roc_auc.map(|figure| figure.value), whole(alone, auc));
        assert_eq!(found.f1.map(|figure| figure.value), whole(alone, f1));
    }
    let json = json(&report);
    let first = &json["baselines"]["baselines"][0];
    assert_eq!(first["roc_auc_without_near"]["value"], 0.5);
    let html = page(&report);
    assert!(html.contains("The same without the rows that are near a training row"));
}

#[test]
fn a_better_model_is_seen_to_be_better() {
    let report = make(common::inputs(1_500));
    let both = report.comparison.unwrap().metrics["roc_auc"].unwrap();
    assert!(both.this > both.other && both.difference.lower.unwrap() > 0.0, "{both:#?}");
}

#[test]
fn the_same_inputs_give_the_same_report() {
    let strip = |report: &Report| {
        let mut json = json(report);
        for (key, value) in json.as_object_mut().unwrap() {
            if key == "made_at" || key == "seconds" {
                *value = Value::Null;
            }
        }
        for baseline in json["baselines"]["baselines"].as_array_mut().unwrap() {
            baseline["seconds"] = Value::Null;
        }
        json
    };
    let (first, second) = (make(common::inputs(400)), make(common::inputs(400)));
    assert_eq!(strip(&first), strip(&second));
}

#[test]
fn without_show_errors_no_text_of_a_post_is_in_the_report() {
    let mut inputs = common::inputs(200);
    inputs.settings.show_errors = 0;
    let texts: Vec<String> = inputs.posts.iter().map(|post| post.text.raw().to_owned()).collect();
    let report = make(inputs);
    let (json, html) = (json(&report).to_string(), page(&report));
    for text in texts {
        assert!(!json.contains(&text) && !html.contains(&text), "{text}");
    }
}

#[test]
fn rows_of_one_label_are_refused_in_one_line_unless_asked_for() {
    let one_label = || {
        let mut inputs = common::inputs(300);
        inputs.posts.retain(|post| !post.label);
        inputs
    };
    let error = evaluate(one_label(), &|_, _, _| ()).unwrap_err();
    assert!(matches!(error, EvalError::OneLabel { missing: 1, rows: 200, .. }), "{error}");
    assert!(!error.to_string().contains('\n'));

    let mut inputs = one_label();
    inputs.settings.one_label = true;
    let report = make(inputs);
    assert!(report.curves.roc.is_empty() && report.prevalence.is_empty());
    assert!(
        eval::figure::get(&report.overall.metrics, metrics::Measure::FalsePositiveRate).is_some()
    );
    assert!(!page(&report).contains("NaN"));
}

#[test]
fn posts_without_anything_to_read_are_counted_and_left_out() {
    let mut inputs = common::inputs(300);
    inputs.posts.push(Post::new("https://t.co/abcdefghij", false));
    let report = make(inputs);
    assert_eq!((report.data.not_scored, report.overall.rows, report.leaks.empty_rows), (1, 300, 1));

    let mut inputs = common::inputs(30);
    inputs.classifier = Some(Classifier::of_scores("mute", 0.5, |texts| vec![None; texts.len()]));
    assert!(matches!(evaluate(inputs, &|_, _, _| ()), Err(EvalError::NothingScored { rows: 30 })));
}

#[test]
fn rows_read_in_windows_and_rows_cut_are_counted() {
    let mut inputs = common::inputs(300);
    inputs.classifier = Some(Classifier::new("long", 0.5, |texts| {
        let prediction = |at| Prediction {
            score: Some(0.5),
            in_windows: at % 3 == 0,
            truncated: at % 15 == 0,
            language: None,
        };
        Ok((0..texts.len()).map(prediction).collect())
    }));
    let report = make(inputs);
    assert_eq!((report.data.in_windows, report.data.truncated), (100, 20));
    let page = page(&report);
    assert!(page.contains("100 rows are longer than the model reads at once"), "{page}");
    let report = make(common::inputs(300));
    assert_eq!((report.data.in_windows, report.data.truncated), (0, 0));
}

#[test]
fn a_classifier_that_loses_rows_is_caught() {
    let mut inputs = common::inputs(30);
    let lossy = Classifier::of_scores("lossy", 0.5, |texts| vec![Some(0.5); texts.len() - 1]);
    inputs.classifier = Some(lossy);
    let error = evaluate(inputs, &|_, _, _| ()).unwrap_err();
    assert!(error.to_string().contains("29 scores for 30 texts"), "{error}");
}

#[test]
fn names_and_texts_of_the_data_cannot_become_markup() {
    let hostile = "</td><script>alert(\"it's\" & 1)</script>";
    let mut inputs = common::inputs(300);
    inputs.model.name = hostile.to_owned();
    inputs.train_files = vec![hostile.to_owned()];
    inputs.settings.slices = vec!["author".to_owned(), hostile.to_owned()];
    inputs.settings.show_errors = 300;
    for post in &mut inputs.posts {
        post.text = Text::new(format!("{} {hostile}", post.text.raw()));
        hostile.clone_into(&mut post.file);
        post.fields.insert("author".to_owned(), hostile.to_owned());
        if !post.label {
            post.fields.insert("source".to_owned(), hostile.to_owned());
        }
        post.fields.insert(hostile.to_owned(), hostile.to_owned());
    }
    if let Some((facts, _)) = &mut inputs.against {
        hostile.clone_into(&mut facts.name);
    }
    if let Some((_, cases)) = &mut inputs.suite {
        for case in cases {
            hostile.clone_into(&mut case.function);
            hostile.clone_into(&mut case.why);
            case.text = Text::new(hostile);
            case.expected = true;
        }
    }
    let html = page(&make(inputs));
    assert!(!html.contains("<script") && !html.contains("\"it's\""));
    check_elements(&html);
    let escaped = "&#60;/td&#62;&#60;script&#62;alert(&#34;it&#39;s&#34; &#38; 1)&#60;/script&#62;";
    for shown in [
        format!("<h1>{escaped}</h1>"),
        format!("<title>Evaluation of {escaped}</title>"),
        format!("<caption>By {escaped}</caption>"),
        format!("<th scope=\"row\">{escaped}: {escaped}</th>"),
        format!("{escaped}</blockquote>"),
        format!("rows of {escaped};"),
        format!("Against {escaped},"),
    ] {
        assert!(html.contains(&shown), "{shown}");
    }
}

#[test]
fn the_page_stands_by_itself_and_is_well_formed() {
    let folder = tempfile::tempdir().unwrap();
    let report = make(common::inputs(600));
    eval::run::write(&report, folder.path()).unwrap();
    let html = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    for outside in ["http://", "https://", "<script", "<link", "<img", "@import", "url("] {
        // Texts of mistakes may hold links, as text.
        let mentions = html.matches(outside).count();
        assert_eq!(mentions, 0, "{outside}");
    }
    assert!(html.contains("made-up &#60;model&#62;") && !html.contains("<model>"));
    check_elements(&html);
    // Each chart tells in words what it shows.
    let charts = html.matches("role=\"img\" aria-labelledby").count();
    assert_eq!((charts, html.matches("<desc").count()), (5, 5));
    let json: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("report.json")).unwrap()).unwrap();
    assert_eq!(json["schema"], 1);
}

#[test]
fn every_field_is_documented() {
    fn names(value: &Value, found: &mut std::collections::BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    found.insert(name.clone());
                    // The trainer documents the fields of a training record.
                    if name != "training" {
                        names(value, found);
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| names(value, found)),
            _ => {}
        }
    }
    let documentation = include_str!("../../../docs/report.md");
    let mut found = std::collections::BTreeSet::new();
    names(&json(&make(common::inputs(600))), &mut found);
    assert!(found.len() > 100, "{}", found.len());
    for name in found {
        let quoted = [format!("`{name}`"), format!("\"{name}\"")];
        assert!(quoted.iter().any(|name| documentation.contains(name)), "{name}");
    }
}
