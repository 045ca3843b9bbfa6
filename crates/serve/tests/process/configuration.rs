//! Flag, environment and file; `--check`; what is wrong is one line.

use crate::support::{Bench, get};

const ALWAYS: [&str; 4] = ["--checkpoint", "model", "--tweets", "tweets.csv"];

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let bench = Bench::new();
    bench.write(
        "settings",
        "THREAT_MAX_ITEMS=11\nTHREAT_MAX_TEXT_CHARS=12\nTHREAT_DEADLINE_MS=13\n",
    );
    let mut command = bench.program(&ALWAYS);
    command.env("THREAT_MAX_TEXT_CHARS", "22").env("THREAT_DEADLINE_MS", "23");
    command.args(["--config", "settings", "--deadline-ms", "3333"]);
    let server = crate::support::Server::start(&mut command);
    let (_, model) = get(&server.address, "/v1/model").unwrap();
    let model: serde_json::Value = serde_json::from_str(&model).unwrap();
    assert_eq!(model["limits"]["max_items"], 11, "from the file");
    assert_eq!(model["limits"]["max_text_chars"], 22, "from the environment");
    assert_eq!(model["limits"]["deadline_ms"], 3333, "from the flag");
}

#[test]
fn the_configuration_is_printed_at_the_start_without_its_secrets() {
    let bench = Bench::new();
    bench.write("settings", "API_KEY=first-secret\nAPI_SECRET_KEY=second-secret\n");
    let mut command = bench.program(&["--checkpoint", "model", "--config=settings"]);
    command.args(["--x-api-base", "http://127.0.0.1:9", "--max-queue", "77"]);
    let server = crate::support::Server::start(&mut command);
    // The log is read by another thread.
    crate::support::within_ten_seconds(|| server.log().contains("starting"));
    let log = server.log();
    assert!(log.contains("77"), "{log}");
    assert!(log.contains("127.0.0.1:9"), "X is the source: {log}");
    assert!(!log.contains("first-secret") && !log.contains("second-secret"), "{log}");
}

#[test]
fn the_env_file_of_this_folder_is_read_unless_another_is_named_and_none_further_up() {
    let bench = Bench::new();
    bench.write("settings", "THREAT_MAX_ITEMS=11\n");
    bench.write(".env", "THREAT_MAX_TEXT_CHARS=12\n");
    let limits = |command: &mut std::process::Command| {
        let server = crate::support::Server::start(command);
        let (_, model) = get(&server.address, "/v1/model").unwrap();
        let model: serde_json::Value = serde_json::from_str(&model).unwrap();
        let limit = |name: &str| model["limits"][name].as_u64().unwrap();
        (limit("max_items"), limit("max_text_chars"))
    };
    let (items, characters) = limits(&mut bench.program(&ALWAYS));
    assert!(items != 11 && characters == 12, "{items} {characters}");
    let (items, characters) = limits(bench.program(&ALWAYS).args(["--config", "settings"]));
    assert!(items == 11 && characters != 12, "{items} {characters}");
    std::fs::create_dir(bench.path("below")).unwrap();
    let below = ["--checkpoint", "../model", "--tweets", "../tweets.csv"];
    let (_, characters) = limits(bench.program(&below).current_dir(bench.path("below")));
    assert_ne!(characters, 12);
}

#[test]
fn no_tweet_id_is_logged_when_x_does_not_answer() {
    let bench = Bench::new();
    let mut command = bench.program(&["--checkpoint", "model"]);
    command.env("BEARER_TOKEN", "a-secret").args(["--x-api-base", "http://127.0.0.1:9"]);
    let server = crate::support::Server::start(&mut command);
    assert_eq!(server.status("/threat_level/1346889436626259968"), Some(502));
    crate::support::within_ten_seconds(|| server.log().contains("upstream_unreachable"));
    let log = server.log();
    assert!(log.contains("no reply from X"), "{log}");
    assert!(!log.contains("1346889436626259968") && !log.contains("a-secret"), "{log}");
}

#[test]
fn check_tries_everything_and_serves_nothing() {
    let bench = Bench::new();
    let more = ["--port", "0", "--check", "--audit-log", "audit", "--feedback-db", "verdicts"];
    let output = bench.run(&[&ALWAYS[..], &more].concat());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said.contains("in order"), "{said}");
    assert!(!said.contains("listening"), "{said}");
}

#[test]
fn check_names_whatever_is_wrong() {
    let bench = Bench::new();
    bench.write("misspelt", "THREAT_PROT=8080\n");
    bench.write("no-database", &"no database at all\n".repeat(100));
    std::fs::create_dir(bench.path("half")).unwrap();
    std::fs::copy(bench.path("model/config.json"), bench.path("half/config.json")).unwrap();
    for (flags, words) in [
        (&["--checkpoint", "nowhere"][..], "cargo run -p train"),
        (&["--checkpoint", "half"], "half"),
        (&["--config", "nowhere"], "--config"),
        (&["--config", "misspelt"], "THREAT_PROT"),
        (&["--tweets", "nowhere.csv"], "nowhere.csv"),
        (&["--api-keys", "nowhere"], "--api-keys"),
        (&["--audit-log", "no/folder/audit"], "--audit-log"),
        (&["--feedback-db", "no-database"], "--feedback-db"),
        (&["--log", "serve=loud"], "--log"),
    ] {
        let always = ["--check", "--port", "0"];
        let rest: Vec<&str> = ALWAYS
            .chunks(2)
            .filter(|pair| pair[0] != flags[0])
            .flatten()
            .copied()
            .chain(always)
            .chain(flags.iter().copied())
            .collect();
        let line = bench.refusal(&rest);
        assert!(line.contains(words), "{flags:?}: {line}");
    }
}

#[test]
fn a_switch_is_read_from_its_variable_in_the_words_that_people_use() {
    let bench = Bench::new();
    let check = |value: &str, more: &[&str]| {
        let mut command = bench.program(&[&ALWAYS[..], &["--port", "0", "--check"], more].concat());
        command.env("THREAT_AUDIT_REQUIRED", value).output().unwrap()
    };
    for off in ["false", "0", "no", "False", ""] {
        assert!(check(off, &[]).status.success(), "{off}");
    }
    for on in ["true", "1", "yes", "TRUE"] {
        let said = String::from_utf8(check(on, &[]).stderr).unwrap();
        assert!(said.contains("--audit-log"), "it needs the log: {said}");
        assert!(check(on, &["--audit-log", "audit"]).status.success(), "{on}");
    }
    let said = String::from_utf8(check("maybe", &["--audit-log", "audit"]).stderr).unwrap();
    assert!(said.contains("--audit-required") && said.contains("true or false"), "{said}");
    bench.write("settings", "THREAT_AUDIT_REQUIRED=false\n");
    let always = ["--port", "0", "--check", "--config", "settings"];
    assert!(bench.run(&[&ALWAYS[..], &always].concat()).status.success(), "nor in a file");
}

#[test]
fn an_origin_that_no_page_has_is_refused_at_the_start() {
    let bench = Bench::new();
    let check = |origin: &str| {
        let command = bench
            .run(&[&ALWAYS[..], &["--port", "0", "--check", "--cors-origin", origin]].concat());
        (command.status.success(), String::from_utf8(command.stderr).unwrap())
    };
    for origin in ["*", "https://a.example/", "a.example", "https://a.example https://b.example"] {
        let (fine, said) = check(origin);
        assert!(!fine && said.contains("--cors-origin") && said.contains(origin), "{said}");
    }
    for origin in ["https://a.example", "https://a.example, http://localhost:3000", ""] {
        let (fine, said) = check(origin);
        assert!(fine, "{said}");
    }
}
