//! Files and streams through the whole of `score`, with a known function in the network's place.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use dataset::{Format, Quoting};
use score::{Job, ScoreError, Stream, Summary};
use scorer::{Asked, Failure, ScoreTexts, Verdict};
use tempfile::TempDir;
use testkit::by_length::ByLength;

/// Fails once it has seen this text.
struct FailsAt(&'static str);

impl ScoreTexts for FailsAt {
    fn score(&self, texts: &[Asked<'_>]) -> Result<Vec<Verdict>, Failure> {
        if texts.iter().any(|asked| asked.text == self.0) {
            Err("out of memory".into())
        } else {
            ByLength.score(texts)
        }
    }
}

/// A folder with an input file.
struct Place {
    folder: TempDir,
    input: PathBuf,
    output: PathBuf,
}

fn place(contents: impl AsRef<[u8]>) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::write(&input, contents).unwrap();
    Place { folder, input, output }
}

impl Place {
    fn job(&self, format: Format) -> Job {
        Job {
            input: Some(self.input.clone()),
            output: Some(self.output.clone()),
            format,
            text_column: "text".to_owned(),
            quoting: Quoting::Auto,
            lang_column: None,
        }
    }

    fn score(&self, format: Format, chunk: usize) -> Result<Summary, ScoreError> {
        Stream::open(&self.job(format))?.score(&ByLength, chunk)
    }

    fn refusal(&self, format: Format) -> String {
        let error = self.score(format, 2).unwrap_err().to_string();
        assert!(!error.contains('\n'), "{error}");
        assert_eq!(fs::read_dir(&self.folder).unwrap().count(), 1, "something was left behind");
        error
    }

    fn output(&self) -> String {
        fs::read_to_string(&self.output).unwrap()
    }
}

fn scored(contents: impl AsRef<[u8]>, format: Format) -> String {
    let place = place(contents);
    place.score(format, 2).unwrap();
    place.output()
}

#[test]
fn csv_keeps_order_columns_and_quoting() {
    let output =
        scored("id,text,note\n1,\"a, \"\"b\"\"\nc\",\n2,https,\"x,y\"\n3,...,z\n", Format::Csv);
    let expected = "id,text,note,score,label,band,reason,lang,truncated\n\
                    1,\"a, \"\"b\"\"\nc\",,0.08,not_pro_isis,none,,en,false\n\
                    2,https,\"x,y\",0.05,not_pro_isis,none,,en,false\n\
                    3,...,z,,,not_judged,no_text,,\n";
    assert_eq!(output, expected);
}

#[test]
fn labels_and_bands_stand_beside_their_scores() {
    let output = scored(format!("text\n{}\n{}\n", "a".repeat(50), "b".repeat(20)), Format::Csv);
    let rows: Vec<&str> = output.lines().skip(1).collect();
    assert!(rows[0].ends_with(",0.5,pro_isis,priority_review,,en,false"), "{output}");
    assert!(rows[1].ends_with(",0.2,pro_isis,review,,en,false"), "{output}");
}

#[test]
fn what_is_not_judged_has_a_reason_and_no_label() {
    let place = place("text,tongue\nbonjour les amis,en\nun deux, fr \ngood day,\n");
    let job = Job { lang_column: Some("tongue".to_owned()), ..place.job(Format::Csv) };
    let summary = Stream::open(&job).unwrap().score(&ByLength, 2).unwrap();
    assert_eq!((summary.pro_isis, summary.not_judged), (0, [0, 0, 2]));
    let expected = "text,tongue,score,label,band,reason,lang,truncated\n\
                    bonjour les amis,en,,,not_judged,language,fr,\n\
                    un deux, fr ,,,not_judged,language,fr,\n\
                    good day,,0.08,not_pro_isis,none,,en,false\n";
    assert_eq!(place.output(), expected);
}

#[test]
fn a_text_that_was_cut_is_marked_and_counted() {
    let rows = [150, 250, 350].map(|length| "x".repeat(length));
    let place = place(format!("text\n{}\n", rows.join("\n")));
    let summary = place.score(Format::Csv, 2).unwrap();
    assert_eq!((summary.rows, summary.in_windows, summary.truncated), (3, 2, 1));
    let output = place.output();
    let marks: Vec<&str> =
        output.lines().map(|line| line.rsplit(',').next().unwrap_or_default()).collect();
    assert_eq!(marks, ["truncated", "false", "false", "true"]);
    let objects = rows.map(|row| format!("{{\"text\":\"{row}\"}}\n")).concat();
    let output = scored(objects, Format::JsonLines);
    assert!(output.lines().nth(2).unwrap().ends_with("\"truncated\":true}"), "{output}");
}

#[test]
fn a_gold_label_is_not_overwritten() {
    let output = scored("text,label\nabc,1\n", Format::Csv);
    assert_eq!(
        output,
        "text,label,score,threat_label,band,reason,lang,truncated\nabc,1,0.03,not_pro_isis,none,,en,false\n"
    );
}

#[test]
fn semicolons_and_a_byte_order_mark_are_understood() {
    let output = scored("\u{feff}text;id\r\nabc;7\r\n", Format::Csv);
    assert_eq!(
        output,
        "text,id,score,label,band,reason,lang,truncated\nabc,7,0.03,not_pro_isis,none,,en,false\n"
    );
}

#[test]
fn json_lines_keep_their_fields_and_get_six_more() {
    let output = scored(
        "{\"text\":\"abc\",\"id\":1234567890123456789,\"tags\":[1,\"é\"]}\n{\"text\":\"!\"}\n",
        Format::JsonLines,
    );
    let expected = "{\"text\":\"abc\",\"id\":1234567890123456789,\"tags\":[1,\"é\"],\
                    \"score\":0.03,\"label\":\"not_pro_isis\",\"band\":\"none\",\
                    \"reason\":null,\"lang\":\"en\",\"truncated\":false}\n\
                    {\"text\":\"!\",\"score\":null,\"label\":null,\"band\":\"not_judged\",\
                    \"reason\":\"no_text\",\"lang\":null,\"truncated\":null}\n";
    assert_eq!(output, expected);
}

#[test]
fn numbers_and_strings_that_are_passed_on_stay_as_they_are_written() {
    let row = "\"id\":12345678901234567890123,\"n\":1e2,\"f\":[1.10,-0],\"s\":\"\\u00e9\"";
    let output = scored(format!("{{\"text\":\"abc\",{row}}}\n"), Format::JsonLines);
    assert!(output.starts_with(&format!("{{\"text\":\"abc\",{row},\"score\":0.03,")), "{output}");
}

#[test]
fn a_row_without_a_readable_text_is_kept_and_counted() {
    let rows = "{\"text\":\"abc\"}\n{\"text\":null}\n{\"text\":5}\n{\"text\":\"abc\",\"n\":NaN}\n\
                {\"delete\":{\"id\":1}}\n{\"text\":\"a\\ud83d\"}\n";
    let place = place(rows);
    let summary = place.score(Format::JsonLines, 2).unwrap();
    assert_eq!((summary.rows, summary.unreadable, summary.not_judged), (6, 2, [2, 0, 0]));
    let output = place.output();
    let field = |line: &str, name: &str| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        row[name].as_str().unwrap_or_default().to_owned()
    };
    let bands: Vec<(String, String)> =
        output.lines().map(|line| (field(line, "band"), field(line, "reason"))).collect();
    let not_judged = |reason: &str| ("not_judged".to_owned(), reason.to_owned());
    let judged = ("none".to_owned(), String::new());
    let expected = [
        judged.clone(),
        not_judged("no_text"),
        not_judged("unreadable"),
        not_judged("unreadable"),
        not_judged("no_text"),
        judged,
    ];
    assert_eq!(bands, expected, "{output}");
    assert!(output.contains("\"n\":null") && output.contains("a\\ufffd"), "{output}");
}

#[test]
fn a_file_without_the_text_field_is_refused_whole() {
    let refusal = place("{\"body2\":\"a\"}\n{\"body2\":\"b\"}\n").refusal(Format::JsonLines);
    assert!(refusal.contains("body2") && refusal.contains("--text-column"), "{refusal}");
}

#[test]
fn a_list_over_many_lines_comes_out_as_an_object_a_line() {
    let output = scored(
        "[\n {\n  \"text\": \"abc\",\n  \"a\": [1,\n 2]\n },\n \"x y\"\n]\n",
        Format::Unknown,
    );
    let lines: Vec<&str> = output.lines().collect();
    assert!(lines[0].starts_with("{\"text\":\"abc\",\"a\":[1,2],\"score\":0.03,"), "{output}");
    assert!(
        lines[1].starts_with("{\"text\":\"x y\",\"score\":0.03,") && lines.len() == 2,
        "{output}"
    );
}

#[test]
fn the_platforms_archive_is_read_with_its_own_words_for_the_language() {
    let script = "window.YTD.tweets.part0 = [ { \"tweet\" : { \"full_text\" : \"un deux\", \"lang\" : \"fr\" } } ]";
    let place = place(script);
    let job = Job { lang_column: Some("lang".to_owned()), ..place.job(Format::JsonLines) };
    let summary = Stream::open(&job).unwrap().score(&ByLength, 2).unwrap();
    assert_eq!((summary.rows, summary.not_judged), (1, [0, 0, 1]));
}

#[test]
fn quotes_are_what_they_are_said_to_be() {
    let place = place("id,text\n1,\"You are so kind\n2,good morning\n");
    assert!(place.refusal(Format::Csv).contains("never closed"));
    let job = Job { quoting: Quoting::None, ..place.job(Format::Csv) };
    let summary = Stream::open(&job).unwrap().score(&ByLength, 2).unwrap();
    assert_eq!(summary.rows, 2);
    assert!(place.output().contains("1,\"\"\"You are so kind\","), "{}", place.output());
}

#[test]
fn a_json_field_of_an_added_name_is_kept_early_or_late() {
    let early = "{\"text\":\"a\"}\n{\"text\":\"b\",\"label\":1}\n{\"text\":\"c\",\"label\":0}\n";
    let output = scored(early, Format::JsonLines);
    let last = "{\"text\":\"c\",\"label\":0,\"score\":0.01,\"threat_label\":\"not_pro_isis\",\
                \"band\":\"none\",\"reason\":null,\"lang\":\"en\",\"truncated\":false}";
    assert_eq!(output.lines().last(), Some(last));
    // The columns have their names when it comes: it steps aside, as nothing may mean two things.
    let late = "{\"text\":\"a\"}\n{\"text\":\"b\"}\n{\"text\":\"c\",\"label\":0,\"input_label\":[1.10],\"score\":2}\n";
    let output = scored(late, Format::JsonLines);
    let last = "{\"text\":\"c\",\"input_input_label\":0,\"input_label\":[1.10],\"input_score\":2,\"score\":0.01,\
                \"label\":\"not_pro_isis\",\"band\":\"none\",\"reason\":null,\"lang\":\"en\",\"truncated\":false}";
    assert_eq!(output.lines().last(), Some(last));
}

#[test]
fn a_line_that_is_no_json_is_kept_as_a_row_that_is_not_judged() {
    let place =
        place("{\"text\":\"abc\"}\n{\"text\":\"cut o\nHello, \"world\"\n{\"text\":\"abc\"}\n");
    let summary = place.score(Format::JsonLines, 2).unwrap();
    assert_eq!((summary.rows, summary.unreadable), (4, 2));
    let output = place.output();
    let row = |line: usize| -> serde_json::Value {
        serde_json::from_str(output.lines().nth(line).unwrap()).unwrap()
    };
    for (line, text) in [(1, "{\"text\":\"cut o"), (2, "Hello, \"world\"")] {
        assert_eq!((&row(line)["text"], &row(line)["band"]), (&text.into(), &"not_judged".into()));
        assert_eq!((&row(line)["reason"], &row(line)["score"]), (&"unreadable".into(), &().into()));
    }
    assert_eq!((&row(0)["band"], &row(3)["band"]), (&"none".into(), &"none".into()));
}

#[test]
fn a_file_whose_first_line_is_no_json_is_refused() {
    let refusal = place("no json\n{\"text\":\"abc\"}\n").refusal(Format::JsonLines);
    assert!(refusal.contains("line 1") && refusal.contains("not a JSON object"), "{refusal}");
}

#[test]
fn plain_lines_come_out_as_csv() {
    let output = scored("one, two\n\n\"quoted\"\n", Format::Lines);
    let expected = "text,score,label,band,reason,lang,truncated\n\
                    \"one, two\",0.08,not_pro_isis,none,,en,false\n\
                    \"\"\"quoted\"\"\",0.08,not_pro_isis,none,,en,false\n";
    assert_eq!(output, expected);
}

#[test]
fn the_output_does_not_depend_on_the_chunks() {
    let rows = (0..100).map(|row| format!("{row},{}\n", "x".repeat(row % 60)));
    let contents = format!("id,text\n{}", rows.collect::<String>());
    let outputs = [1, 7, 100, 1000].map(|chunk| {
        let place = place(&contents);
        let summary = place.score(Format::Csv, chunk).unwrap();
        assert_eq!((summary.rows, summary.not_judged, summary.cut), (100, [2, 0, 0], false));
        assert_eq!(summary.pro_isis, 60);
        place.output()
    });
    assert!(outputs.iter().all(|output| *output == outputs[0]));
    let ids = outputs[0].lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned());
    assert!(ids.eq((0..100).map(|id| id.to_string())));
}

#[test]
fn a_header_without_rows_comes_out_as_a_header() {
    assert_eq!(
        scored("id,text\n", Format::Csv),
        "id,text,score,label,band,reason,lang,truncated\n"
    );
}

#[test]
fn what_is_written_scores_again() {
    let place = place("text\nabc\n");
    place.score(Format::Csv, 2).unwrap();
    let again = scored(place.output(), Format::Csv);
    let header = "text,score,label,band,reason,lang,truncated,\
                  threat_score,threat_label,threat_band,threat_reason,threat_lang,threat_truncated\n";
    assert!(again.starts_with(header), "{again}");
}

#[test]
fn each_bad_input_is_refused_in_one_line_that_says_where() {
    let say = |contents: &[u8], format| place(contents).refusal(format);
    assert!(say(b"id,body2\n1,2\n", Format::Csv).contains("--text-column"));
    assert!(say(b"", Format::Csv).contains("is empty"));
    assert!(say(b"text\nok\nok\nok\nb\xFF\n", Format::Csv).contains("line 5"));
    assert!(say(b"text\nok\nok\n1,2\n", Format::Csv).contains("line 4"));
    assert!(say(b"[{\"text\":\"a\"},\n{\"text\":\n", Format::JsonLines).contains("line 2"));
    assert!(say(b"t\0e\0", Format::Csv).contains("UTF-16"));
    assert!(say(b"PK\x03\x04 xl/workbook.xml", Format::Unknown).contains("save the sheet as"));
}

#[test]
fn a_model_that_fails_midway_leaves_the_earlier_output_as_it_was() {
    let place = place("text\na\nb\nc\nd\n");
    fs::write(&place.output, "earlier").unwrap();
    let stream = Stream::open(&place.job(Format::Csv)).unwrap();
    let error = stream.score(&FailsAt("d"), 1).unwrap_err();
    assert_eq!(error.to_string(), "cannot score: out of memory");
    assert_eq!(place.output(), "earlier");
    assert_eq!(fs::read_dir(&place.folder).unwrap().count(), 2);
}

fn refusal_to_open(job: &Job) -> String {
    let Err(error) = Stream::open(job) else { panic!("it opened") };
    error.to_string()
}

#[test]
fn an_input_that_cannot_be_read_is_named() {
    let place = place("text\na\n");
    let missing = Job { input: Some("no/such.csv".into()), ..place.job(Format::Csv) };
    assert!(refusal_to_open(&missing).contains("cannot read no/such.csv"));
    let folder = Job { input: Some(place.folder.path().into()), ..place.job(Format::Csv) };
    assert!(refusal_to_open(&folder).contains("cannot read"));
}

#[test]
fn an_output_that_cannot_be_written_is_named_before_any_row_is_scored() {
    let place = place("text\na\n");
    let to = |path: &Path| {
        refusal_to_open(&Job { output: Some(path.to_owned()), ..place.job(Format::Csv) })
    };
    let refusal = to(&place.folder.path().join("no/such/out.csv"));
    assert!(refusal.contains("there is no folder") && refusal.contains("no/such"), "{refusal}");
    assert!(to(place.folder.path()).contains("is a folder"));
}

#[test]
fn the_input_is_never_the_output() {
    let place = place("text\na\n");
    let roundabout =
        place.folder.path().join("../").join(place.folder.path().file_name().unwrap()).join("in");
    for output in [place.input.clone(), roundabout] {
        let refusal = refusal_to_open(&Job { output: Some(output), ..place.job(Format::Csv) });
        assert!(refusal.contains("input and --output are both"), "{refusal}");
    }
    assert_eq!(fs::read_to_string(&place.input).unwrap(), "text\na\n");
}
