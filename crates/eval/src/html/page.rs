//! The page from top to bottom.

use super::{
    charts, checks, colophon,
    markup::{escape, note, paragraph, section},
    parts, rivals, summary, tables,
};
use crate::report::Report;

const STYLE: &str = include_str!("style.css");

/// The whole page. Its policy forbids every request, so that opening it tells nobody.
pub fn page(report: &Report) -> String {
    let sections = sections(report);
    let contents: Vec<String> = sections
        .iter()
        .map(|(id, heading, _)| format!("<a href=\"#{id}\">{}</a>", escape(heading)))
        .collect();
    let body: String =
        sections.iter().map(|(id, heading, body)| section(id, heading, body)).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Evaluation of {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">To the report</a>\n{}\
         <nav aria-label=\"Contents\">{}</nav>\n<main id=\"main\">\n{body}</main>\n{}</body>\n</html>\n",
        escape(&report.model.name),
        summary::header(report),
        contents.join(" "),
        colophon::footer(report),
    )
}

/// The sections that have something to show: anchor, heading, markup.
fn sections(report: &Report) -> Vec<(&'static str, &'static str, String)> {
    let all = [
        ("findings", "What to know first", summary::findings(report)),
        ("rarity", "If such posts are rare", summary::rarity(report)),
        ("curves", "Curves", charts::all(report)),
        ("metrics", "Metrics", tables::metrics(report)),
        ("thresholds", "Thresholds and what each costs", tables::operating(report)),
        ("not_judged", "Not judged", checks::not_judged(report)),
        ("sources", "Sources without positives", parts::sources(report)),
        ("mentions", "Does naming a subject cost a post?", parts::mentions(report)),
        ("slices", "Parts of the data", parts::slices(report)),
        ("suite", "Functional suite", checks::suite(report)),
        ("invariance", "Invariance", checks::invariance(report)),
        ("baselines", "Baselines", rivals::baselines(report)),
        ("comparison", "Against another model", rivals::comparison(report)),
        ("leaks", "Leak audit", checks::leaks(report)),
        ("mistakes", "Worst mistakes", mistakes(report)),
        ("made", "How this report was made", colophon::made(report)),
    ];
    all.into_iter().filter(|(.., body)| !body.is_empty()).collect()
}

fn mistakes(report: &Report) -> String {
    if report.mistakes.is_empty() {
        return String::new();
    }
    let mut html = note(
        "Listed because it was asked for. These are texts of posts: do not pass this page on.",
    );
    for (label, heading) in
        [(0, "Negatives with the highest scores"), (1, "Positives with the lowest scores")]
    {
        let rows: Vec<_> =
            report.mistakes.iter().filter(|mistake| mistake.label == label).collect();
        if rows.is_empty() {
            html.push_str(&paragraph(&format!("{heading}: none.")));
            continue;
        }
        html.push_str(&format!("<h3>{heading}</h3>\n<ol class=\"mistakes\">\n"));
        for mistake in rows {
            html.push_str(&format!(
                "<li><b>{:.3}</b> <span class=\"quiet\">{}, line {}</span><blockquote>{}</blockquote></li>\n",
                mistake.score,
                escape(&mistake.file),
                mistake.line,
                escape(&mistake.text)
            ));
        }
        html.push_str("</ol>\n");
    }
    html
}
