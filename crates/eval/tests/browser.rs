//! The page in a browser: laid out on a desk, on a phone and on paper, asking nobody for
//! anything. Skipped, with a line, where no Chromium is installed; with `THREAT_REQUIRE_BROWSER` set,
//! as in the gate, it fails there.
#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;
use std::process::Command;

use eval::evaluate;

/// The bytes of a PNG.
fn picture(file: &Path) -> usize {
    let bytes = std::fs::read(file).unwrap();
    assert!(bytes.starts_with(b"\x89PNG"), "{}", file.display());
    bytes.len()
}

/// Network requests of a page from a file, by the browser's own log. Requests that the browser
/// makes for itself belong to no page.
fn requests(mut chromium: Command, page: &str, log: &Path) -> Vec<String> {
    chromium.arg(format!("--log-net-log={}", log.display())).args(["--dump-dom", page]);
    assert!(chromium.output().unwrap().status.success());
    let log = std::fs::read_to_string(log).unwrap();
    let of_page = |line: &&str| line.contains("site=file:") && line.contains("\"url\":\"http");
    log.lines().filter(of_page).map(str::to_owned).collect()
}

#[test]
fn the_page_opens_on_a_desk_a_phone_and_paper_without_a_request() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    if common::chromium(folder).is_none() {
        let missing = "no Chromium found (Debian: apt-get install chromium)";
        assert!(std::env::var_os("THREAT_REQUIRE_BROWSER").is_none(), "{missing}");
        eprintln!("skipped: {missing}");
        return;
    }
    let chromium = || common::chromium(folder).unwrap();
    let report = evaluate(common::inputs(600), &|_, _, _| ()).unwrap();
    eval::run::write(&report, folder).unwrap();
    let page = format!("file://{}", folder.join("report.html").display());

    // The DOM that the browser built from the markup holds every section and chart.
    let built = chromium().args(["--dump-dom", &page]).output().unwrap();
    let built = String::from_utf8_lossy(&built.stdout).into_owned();
    for part in ["findings", "curves", "metrics", "sources", "suite", "baselines", "leaks", "made"]
    {
        assert!(built.contains(&format!("<section id=\"{part}\"")), "{part}");
    }
    assert_eq!(built.matches("<figure class=\"chart\"").count(), 6);

    // Pictures at both widths; a blank page of this size would pack into a few kilobytes.
    for (name, width, height) in [("desk", 1_200, 1_600), ("phone", 390, 1_600)] {
        let file = folder.join(format!("{name}.png"));
        let done = chromium()
            .arg(format!("--window-size={width},{height}"))
            .arg(format!("--screenshot={}", file.display()))
            .arg(&page)
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let bytes = picture(&file);
        assert!(bytes > 40_000, "{name}: {bytes} bytes");
    }

    // A page with a picture from elsewhere shows that a request would be seen.
    let control = folder.join("control.html");
    std::fs::write(&control, "<img src=\"http://127.0.0.1:9/x.png\">").unwrap();
    let control = format!("file://{}", control.display());
    let asked = |page: &str| requests(chromium(), page, &folder.join("log.json"));
    assert!(!asked(&control).is_empty());
    assert_eq!(asked(&page), Vec::<String>::new());

    // On paper: a PDF of some pages.
    let file = folder.join("paper.pdf");
    let done =
        chromium().arg(format!("--print-to-pdf={}", file.display())).arg(&page).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let bytes = std::fs::read(&file).unwrap();
    assert!(bytes.starts_with(b"%PDF") && bytes.len() > 50_000, "{} bytes", bytes.len());
}
