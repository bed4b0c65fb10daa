use std::path::Path;

use super::*;

fn file(text: &str) -> (tempfile::TempDir, Sources) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stafett.toml");
    std::fs::write(&path, text).unwrap();
    (
        dir,
        Sources {
            file: Some(path),
            ..Sources::default()
        },
    )
}

fn variables(pairs: &[(&str, &str)]) -> Sources {
    let variables = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Sources {
        variables,
        ..Sources::default()
    }
}

fn error(sources: &Sources) -> String {
    let text = sources.load().unwrap_err().to_string();
    assert!(!text.contains('\n'), "one sentence: {text}");
    // The folder is another each time.
    let dir = sources
        .file
        .as_deref()
        .and_then(Path::parent)
        .map(|dir| format!("{}/", dir.display()));
    dir.map_or(text.clone(), |dir| text.replace(&dir, ""))
}

#[test]
fn the_embedded_default_needs_nothing() {
    let config = Sources::default().load().unwrap().config;
    assert_eq!(
        config.database_url().expose_secret(),
        "sqlite://stafett-data/stafett.db"
    );
    assert_eq!(config.auth.access_ttl, Span::from_secs(900));
    assert!(config.is_sqlite() && config.migrate_at_start());
    assert_eq!(config.server.listen.port(), 8080);
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let (_dir, mut sources) =
        file("[server]\nlisten = '127.0.0.1:1'\n[log]\nlevel = 'warn'\n[auth]\nissuer = 'file'\n");
    sources.variables = variables(&[
        ("STAFETT_SERVER__LISTEN", "127.0.0.1:2"),
        ("STAFETT_LOG__LEVEL", "debug"),
    ])
    .variables;
    sources.flags = vec![("--listen", "server.listen", "127.0.0.1:3".to_owned())];
    let loaded = sources.load().unwrap();
    assert_eq!(loaded.config.server.listen.port(), 3);
    assert_eq!(loaded.config.log.level.as_str(), "debug");
    assert_eq!(loaded.config.auth.issuer, "file");
    let source = |key| {
        loaded
            .explain()
            .into_iter()
            .find(|line| line.key == key)
            .unwrap()
            .source
    };
    assert_eq!(source("server.listen"), "flag --listen");
    assert_eq!(source("log.level"), "environment variable STAFETT_LOG__LEVEL");
    assert!(source("auth.issuer").ends_with("stafett.toml"));
    assert_eq!(source("auth.audience"), "default");
}

#[test]
fn database_url_is_honoured_and_our_own_variable_is_more_exact() {
    let both = [
        ("STAFETT_DATABASE__URL", "postgres://ours"),
        ("DATABASE_URL", "postgres://theirs"),
    ];
    let url = |pairs: &[(&str, &str)]| variables(pairs).load().unwrap().config.database_url();
    assert_eq!(url(&both).expose_secret(), "postgres://ours");
    assert_eq!(url(&both[1..]).expose_secret(), "postgres://theirs");
    assert!(url(&[("DATABASE_URL", "")]).expose_secret().starts_with("sqlite:"));
}

#[test]
fn a_secret_can_stand_in_a_file_and_is_never_printed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secret");
    std::fs::write(&path, "postgres://u:hush@host/db\n").unwrap();
    let loaded = variables(&[("STAFETT_DATABASE__URL_FILE", path.to_str().unwrap())])
        .load()
        .unwrap();
    assert_eq!(
        loaded.config.database_url().expose_secret(),
        "postgres://u:hush@host/db"
    );
    let printed = format!("{:?} {:?}", loaded.config, loaded.explain());
    assert!(!printed.contains("hush"), "{printed}");
}

#[test]
fn texts_from_the_environment_become_numbers_and_lists() {
    let config = variables(&[
        ("STAFETT_DATABASE__MAX_CONNECTIONS", "5"),
        ("STAFETT_DATABASE__MIGRATE_AT_START", "false"),
        ("STAFETT_SERVER__TRUSTED_PROXIES", "10.0.0.7, ::1"),
        ("STAFETT_AUTH__ISSUER", "12345"),
        ("UNRELATED", "x"),
    ])
    .load()
    .unwrap()
    .config;
    assert_eq!(config.database.max_connections, 5);
    assert!(!config.migrate_at_start());
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert_eq!(config.auth.issuer, "12345");
}

#[test]
fn every_mistake_is_one_sentence_that_says_where_and_what_to_do() {
    let of_file = |text: &str| {
        let (_dir, sources) = file(text);
        error(&sources)
    };
    let said = [
        of_file("[server]\nlsten = '127.0.0.1:1'\n"),
        of_file("[server]\n\nlisten = 80\n"),
        of_file("[server]\nlisten = 'here'\n"),
        of_file("[colours]\n"),
        of_file("colour = 'red'\n"),
        of_file("[auth]\naccess_ttl = '15'\n"),
        of_file("[server\n"),
        of_file("[log]\nlevel = 'loud=='\n"),
        of_file("[mail]\nsmtp_url = 'smtps://u:hush@mail.example.no'\n"),
        of_file("[mail]\nsmtp_connections = 'x'\n"),
        error(&variables(&[("STAFETT_SERVER__LSTEN", "x")])),
        error(&variables(&[("STAFETT_DATABASE__MAX_CONNECTIONS", "many")])),
        error(&variables(&[("STAFETT_DATABASE__URL_FILE", "/does/not/exist")])),
        error(&Sources {
            file: Some("/does/not/exist.toml".into()),
            ..Sources::default()
        }),
    ];
    insta::assert_snapshot!("mistakes", said.join("\n"));
}
