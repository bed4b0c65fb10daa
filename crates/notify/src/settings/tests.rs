use super::*;

const HERE: &str = "http://127.0.0.1:8080";

fn settings(toml: &str) -> MailSettings {
    toml::from_str(toml).unwrap()
}

fn refusal(toml: &str) -> String {
    settings(toml).resolve(HERE).unwrap_err().to_string()
}

#[test]
fn a_server_elsewhere_needs_tls_a_real_sender_and_a_real_address() {
    let plan = settings(
        r#"
        from = "Stafett Oslo <stafett@oslo.example>"
        smtp_url = "smtp+starttls://mail.oslo.example"
        smtp_user = "stafett"
        smtp_password = "hemmelig"
        public_url = "https://stafett.oslo.example/"
        "#,
    )
    .resolve(HERE)
    .unwrap();
    assert_eq!(plan.sender.links, "https://stafett.oslo.example");
    assert_eq!(plan.sender.domain, "oslo.example");
    let Route::Smtp(server) = plan.route else {
        panic!("a server was asked for")
    };
    assert_eq!(
        (server.to_string().as_str(), server.security),
        ("mail.oslo.example:587", Security::StartTls)
    );
}

#[test]
fn this_machine_may_be_talked_to_in_the_clear() {
    for url in ["smtp://127.0.0.1:2525", "smtp://localhost:2525", "smtp://[::1]:2525"] {
        let plan = settings(&format!("smtp_url = '{url}'")).resolve(HERE).unwrap();
        assert!(
            matches!(plan.route, Route::Smtp(server) if server.port == 2525),
            "{url}"
        );
    }
}

#[test]
fn a_server_goes_before_a_folder() {
    let both = "dir = 'mail'\nsmtp_url = 'smtp://127.0.0.1:2525'";
    assert!(matches!(settings(both).resolve(HERE).unwrap().route, Route::Smtp(_)));
    assert!(matches!(
        settings("dir = 'mail'").resolve(HERE).unwrap().route,
        Route::Files(_)
    ));
}

#[test]
fn what_cannot_be_is_refused_in_one_sentence() {
    let refusals = [
        "",
        "dir = 'mail'\nfrom = 'nobody'",
        "dir = 'mail'\nfrom = \"a <a@b.no>\\r\\nBcc: c@d.no\"",
        "dir = 'mail'\npublic_url = 'stafett.example.org'",
        "dir = 'mail'\npublic_url = 'http://stafett.example.org'",
        "dir = 'mail'\npublic_url = 'https://u:p@stafett.example.org'",
        "dir = 'mail'\npublic_url = 'https://stafett.example.org/\"><b>'",
        "dir = 'mail'\ndomain = 'a b'",
        "dir = 'mail'\ndomain = '127.0.0.1'",
        "smtp_url = 'mail.example.org'",
        "smtp_url = 'http://mail.example.org'",
        "smtp_url = 'smtps://'",
        "smtp_url = 'smtps://u:hemmelig@mail.example.org'",
        "smtp_url = 'smtps://mail.example.org/inbox'",
        "smtp_url = 'smtp://mail.example.org'",
        "smtp_url = 'smtps://mail.example.org'",
        "smtp_url = 'smtps://mail.example.org'\nfrom = 'a@b.no'",
        "smtp_url = 'smtps://mail.example.org'\nsmtp_user = 'a'",
        "smtp_url = 'smtps://mail.example.org'\nsmtp_password = 'hemmelig'",
        "smtp_url = 'smtp://127.0.0.1'\nsmtp_connections = 0",
    ]
    .map(refusal)
    .join("\n");
    assert!(!refusals.contains("hemmelig"));
    insta::assert_snapshot!(refusals);
}

#[test]
fn an_unknown_key_is_an_error() {
    assert!(toml::from_str::<MailSettings>("smtpurl = 'smtp://127.0.0.1'").is_err());
}

#[test]
fn a_password_is_never_shown() {
    let settings = settings("smtp_user = 'stafett'\nsmtp_password = 'hemmelig'");
    assert!(!format!("{settings:?}").contains("hemmelig"));
    let shown = serde_json::to_string(&settings).unwrap();
    assert!(shown.contains("stafett") && !shown.contains("hemmelig"), "{shown}");
}
