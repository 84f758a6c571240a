//! The commands besides serving.

use crate::program::Place;

#[tokio::test]
async fn help_lists_the_commands() {
    let place = Place::new(&[]).await;
    let output = place.run(&["--help"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    for command in ["serve", "migrate", "recount", "doctor", "config"] {
        assert!(said.contains(command), "{said}");
    }
}

#[tokio::test]
async fn migrate_makes_the_schema_and_may_be_repeated() {
    let place = Place::new(&[]).await;
    for _ in 0..2 {
        let output = place.run(&["migrate"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && said.contains("is up to date"), "{said}");
    }
}

#[tokio::test]
async fn recount_finds_nothing_to_repair_in_a_sound_database() {
    let place = Place::new(&[]).await;
    let program = place.start();
    program.token("alice").await;
    program.stop();
    let output = place.run(&["recount"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.lines().all(|line| line.ends_with(": 0 repaired")) && said.contains("videos.likes_count"), "{said}");
}

#[tokio::test]
async fn config_shows_every_setting_and_masks_secrets() {
    let secret = "never-to-be-printed-secret";
    let url = "postgres://chaitube:hunter2@db.example/chaitube";
    let place = Place::new(&[("ACCESS_TOKEN_SECRET", secret), ("DATABASE_URL", url)]).await;
    let output = place.run(&["config"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(!said.contains(secret) && !said.contains("hunter2"), "{said}");
    assert!(said.contains("access_token_secret = \"***\""), "{said}");
    assert!(said.contains("postgres://chaitube:***@db.example/chaitube"), "{said}");
    for (url, shown) in [
        ("postgres://u:hunter2@a:1,b:2/name?sslmode=require", "postgres://u:***@a:1,b:2/name?sslmode=require"),
        ("postgres:///name?host=a,b&password=hunter2", "postgres:///name?host=a%2Cb&password=***"),
    ] {
        let place = Place::new(&[("DATABASE_URL", url)]).await;
        let line = String::from_utf8(place.run(&["config"]).stdout).unwrap();
        let line = line.lines().find(|line| line.starts_with("database_url")).unwrap();
        assert_eq!(line, format!("database_url = \"{shown}\" # environment"));
    }
    for setting in chaitube::SETTINGS {
        assert!(said.contains(&format!("\n{} = ", setting.name.to_lowercase())), "{} is missing", setting.name);
    }
}

/// What `chaitube config` prints is a chaitube.toml.
#[tokio::test]
async fn config_prints_what_it_reads() {
    let place = Place::new(&[("VIEW_WINDOW", "7m")]).await;
    let printed = place.run(&["config"]).stdout;
    let table: toml::Table = String::from_utf8(printed).unwrap().parse().unwrap();
    assert_eq!(table["view_window"].as_str(), Some("7m"));
}

/// The table in the README is the list of settings.
#[test]
fn the_readme_lists_the_settings_as_they_are() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    for setting in chaitube::SETTINGS {
        let default = if setting.default.is_empty() { String::new() } else { format!("`{}`", setting.default) };
        let row = format!("| `{}` | {default} | {} |", setting.name, setting.about.replace('|', "\\|"));
        assert!(readme.contains(&row), "README.md lacks this row:\n{row}");
    }
}
