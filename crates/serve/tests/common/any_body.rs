/// The server without its port and its network: what it answers to a body.
struct Bodies {
    system: actix_web::rt::SystemRunner,
    /// The status and the body of the answer to a request.
    #[allow(clippy::type_complexity)]
    answer: Box<dyn Fn(actix_web::test::TestRequest) -> BodyAnswer>,
    _folder: tempfile::TempDir,
}

type BodyAnswer = std::pin::Pin<Box<dyn Future<Output = (u16, Vec<u8>)>>>;

/// In the network's place: a text of letters scores by its length.
struct ByLength;

impl scorer::ScoreTexts for ByLength {
    fn score(&self, texts: &[scorer::Asked<'_>]) -> Result<Vec<scorer::Verdict>, scorer::Failure> {
        let verdict = |asked: &scorer::Asked<'_>| {
            if !asked.text.contains(char::is_alphanumeric) {
                let reason = scorer::Reason::NoText;
                return scorer::Verdict::NotJudged { reason, lang: None };
            }
            let score = 1.0 / (1.0 + asked.text.len() as f32);
            scorer::Verdict::Judged(scorer::Score {
                score,
                raw_score: score,
                logit: 0.0,
                label: scorer::Label::NotProIsis,
                band: scorer::Band::None,
                tokens: asked.text.len(),
                truncated: false,
                window: None,
                lang: "en",
                part: None,
            })
        };
        Ok(texts.iter().map(verdict).collect())
    }
}

impl Bodies {
    fn new() -> Self {
        use actix_web::body::{MessageBody, to_bytes};
        use actix_web::dev::Service;
        use clap::Parser;

        let folder = tempfile::tempdir().expect("a folder");
        let (tweets, verdicts) =
            (folder.path().join("tweets.csv"), folder.path().join("verdicts.sqlite"));
        std::fs::write(&tweets, "id,text\n2,a quiet day\n").expect("a file");
        let flags = [
            "serve".as_ref(),
            "--tweets".as_ref(),
            tweets.as_os_str(),
            "--feedback-db".as_ref(),
            verdicts.as_os_str(),
        ];
        let settings = serve::Settings::resolve(serve::Arguments::parse_from(flags), |_| None);
        let settings = settings.expect("settings");
        let system = actix_web::rt::System::new();
        let answer = system.block_on(async {
            let state = serve::state::AppState::open(&settings).expect("a state");
            let info = serve::model::ModelInfo {
                name: "by length".to_owned(),
                version: "1".to_owned(),
                sha256: "ab".repeat(32),
                max_length: 64,
                languages: vec!["en".to_owned()],
                normaliser_version: 1,
                calibration: serve::model::CalibrationInfo {
                    temperature: 1.0, shift: 0.0,
                    threshold: 0.5,
                    review: 0.5,
                    priority_review: 0.9,
                },
                training: serde_json::Value::Null,
                others: Vec::new(),
                card: None,
                reference: None,
            };
            let scorer = std::sync::Arc::new(ByLength);
            let model = serve::model::Model { scorer, info: std::sync::Arc::new(info) };
            state.engine.install(std::sync::Arc::new(model));
            let app = serve::startup::app(actix_web::web::Data::new(state));
            let service = std::rc::Rc::new(actix_web::test::init_service(app).await);
            Box::new(move |request: actix_web::test::TestRequest| {
                let service = std::rc::Rc::clone(&service);
                let request = request.to_request();
                Box::pin(async move {
                    let reply = match service.call(request).await {
                        Ok(reply) => reply.into_parts().1.map_into_boxed_body(),
                        Err(error) => error.error_response(),
                    };
                    let status = reply.status().as_u16();
                    let body = to_bytes(reply.into_body().boxed()).await.expect("a body");
                    (status, body.to_vec())
                }) as BodyAnswer
            }) as Box<dyn Fn(actix_web::test::TestRequest) -> BodyAnswer>
        });
        Self { system, answer, _folder: folder }
    }

    /// Sends a body, whose first byte says where to, and holds the answer to what every answer promises: JSON;
    /// no fault of the server's; an item for each text that was sent.
    fn send(&self, bytes: &[u8]) {
        let Some((route, body)) = bytes.split_first() else { return };
        let path = match route {
            b's' => "/v1/score",
            b'e' => "/v1/score?explain=true",
            b'a' => "/v1alpha1/comments:analyze",
            b'g' => "/v1alpha1/comments:suggestscore",
            _ => "/v1/feedback",
        };
        let request = actix_web::test::TestRequest::post()
            .uri(path)
            .peer_addr(([127, 0, 0, 1], 1).into())
            .insert_header(("content-type", "application/json"))
            .set_payload(body.to_vec());
        let (status, reply) = self.system.block_on((self.answer)(request));
        let reply: serde_json::Value = serde_json::from_slice(&reply).expect("JSON");
        assert!(matches!(status, 200 | 201 | 400 | 413 | 415 | 422), "{status}: {reply}");
        assert_eq!(status >= 400, reply["error"]["message"].is_string(), "{status}: {reply}");
        if path != "/v1/score" {
            return;
        }
        let Ok(sent) = serde_json::from_slice::<serde_json::Value>(body) else { return };
        let Some(sent) = sent.as_object().filter(|sent| sent.len() == 1) else { return };
        if let Some(texts) = sent.get("texts").and_then(serde_json::Value::as_array) {
            // Of two fields of one name this test reads the last; the server refuses them.
            let twice = reply["error"]["message"].as_str().is_some_and(|it| it.contains("twice"));
            if !twice && (1..=100).contains(&texts.len()) {
                let results = reply["results"].as_array().map_or(0, Vec::len);
                assert_eq!((status, results), (200, texts.len()), "{reply}");
            }
        }
    }
}
