//! Everybody is who they are, and nobody is somebody.

use std::path::Path;

use e2e::{Persona, on_both_databases};

on_both_databases! {
    async fn a_token_says_who_calls(home: Home) {
        let app = home.start().await;
        for persona in Persona::ALL {
            let me = app.by(persona).get("/me").await.expect(200).json();
            assert_eq!(me["username"], persona.username());
        }
        let refused = app.by_nobody().get("/me").await;
        refused.problem(401, "unauthenticated");
        assert!(refused.header("www-authenticate").starts_with("Bearer"));
        app.finish().await;
    }

    async fn a_token_outlives_a_killed_server(home: Home) {
        let program = Path::new(env!("CARGO_BIN_EXE_stafett-under-test"));
        let server = home.start_process(program).await;
        let me = server.by(Persona::Lead).get("/me").await.expect(200);
        server.kill().await;
        let server = home.start_process(program).await;
        let again = server.by(Persona::Lead).get("/me").await.expect(200);
        assert_eq!(me.body, again.body);
        server.stop().await;
    }
}
