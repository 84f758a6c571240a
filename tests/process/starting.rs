//! The first start, later ones, and starts that cannot succeed.

use std::fs::Permissions;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chaitube::args;

use crate::program::Place;

#[tokio::test]
async fn the_first_start_needs_nothing() {
    let place = Place::new(&[]).await;
    let program = place.start();
    assert!(program.printed.contains("Chaitube is at http://localhost:"), "{}", program.printed);
    assert!(program.printed.contains(&*place.data().canonicalize().unwrap().to_string_lossy()), "{}", program.printed);
    let health = program.get("/api/v1/healthcheck", "").await;
    assert_eq!(health["data"]["database"], "connected");
    for name in ["access_token_secret", "refresh_token_secret"] {
        assert_eq!(place.secret(name).await.len(), 64);
    }
    assert_eq!(mode(&place.data()), 0o700);
    program.stop();
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn t15_a_data_folder_that_others_can_enter_is_closed() {
    let place = Place::new(&[]).await;
    let data = place.data();
    std::fs::create_dir_all(data.join("lost+found")).unwrap();
    set_mode(&data, 0o755);
    let program = place.start();
    program.token("alice").await;
    assert_eq!(mode(&data), 0o700);
    assert!(program.log().contains("closed a folder that other users could enter"), "{}", program.log());
    for file in crate::program::files(&data) {
        assert_eq!(mode(&file) & 0o077, 0, "{}", file.display());
    }
    program.stop();
    // As older versions left it.
    std::fs::write(data.join("chaitube.db-copy"), "hashes").unwrap();
    set_mode(&data.join("chaitube.db-copy"), 0o644);
    set_mode(&data, 0o755);
    assert!(place.run(&["migrate"]).status.success());
    assert_eq!((mode(&data), mode(&data.join("chaitube.db-copy"))), (0o700, 0o600));
}

#[tokio::test]
async fn t15_a_data_folder_that_its_group_shares_stays_so() {
    let place = Place::new(&[]).await;
    std::fs::create_dir(place.data()).unwrap();
    set_mode(&place.data(), 0o750);
    place.start().stop();
    assert_eq!(mode(&place.data()), 0o750);
}

#[tokio::test]
async fn t15_an_open_folder_with_files_of_others_is_refused() {
    let place = Place::new(&[]).await;
    std::fs::create_dir(place.data()).unwrap();
    std::fs::write(place.data().join("letter.txt"), "of somebody").unwrap();
    set_mode(&place.data(), 0o755);
    for command in ["serve", "migrate"] {
        let output = place.run(&[command]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("mode 0755") && said.contains("chmod o-rwx"), "{said}");
    }
    assert_eq!(mode(&place.data()), 0o755);
    set_mode(&place.data(), 0o750);
    place.start().stop();
}

#[tokio::test]
async fn a_later_start_finds_everything_again() {
    let place = Place::new(&[]).await;
    let program = place.start();
    let token = program.token("alice").await;
    program.stop();
    let program = place.start();
    let response = program.get("/api/v1/users/current-user", &token).await;
    assert_eq!(response["data"]["username"], "alice", "the old token still counts: {response}");
    program.stop();
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let place = Place::new(&[("PORT", &port)]).await;
    let output = place.run(&[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains(&format!("127.0.0.1:{port}")) && said.contains("PORT"), "{said}");
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_named_with_an_example() {
    let place = Place::new(&[("ACCESS_TOKEN_EXPIRY", "10"), ("MAX_VIDEO_SIZE", "huge")]).await;
    let output = place.run(&[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("ACCESS_TOKEN_EXPIRY is \"10\"") && said.contains("Example: ACCESS_TOKEN_EXPIRY=15m"),
        "{said}"
    );
    assert!(said.contains("MAX_VIDEO_SIZE is \"huge\""), "{said}");
    assert!(!place.data().exists(), "a start that fails makes nothing");
}

#[tokio::test]
async fn an_env_file_is_read_and_the_environment_goes_before_it() {
    let place = Place::new(&[]).await;
    std::fs::write(place.folder.path().join(".env"), "VIEW_WINDOW=5m\nHOST=::1\n").unwrap();
    let output = place.command(&["config"]).env("HOST", "127.0.0.2").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("view_window = \"5m\" # environment"), "{said}");
    assert!(said.contains("host = \"127.0.0.2\""), "{said}");
}

#[tokio::test]
async fn several_processes_start_at_once_on_one_new_database() {
    let place = Place::new(&[]).await;
    let programs: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..3).map(|_| scope.spawn(|| place.start())).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    let token = programs[0].token("alice").await;
    for program in &programs {
        let response = program.get("/api/v1/users/current-user", &token).await;
        assert_eq!(response["data"]["username"], "alice", "one secret, one database: {response}");
    }
    programs.into_iter().for_each(crate::program::Program::stop);
}

/// As an older version left them: two names that look alike, and no skeletons.
#[tokio::test]
async fn t18_accounts_from_before_keep_their_names_and_are_compared_with() {
    let place = Place::new(&[]).await;
    let program = place.start();
    for name in ["alice", "dora"] {
        program.token(name).await;
    }
    program.stop();
    let db = place.open_database().await;
    db.execute("UPDATE users SET username = $1 WHERE username = 'dora'", args!["\u{430}lice"]).await.unwrap();
    db.execute("UPDATE users SET skeleton = NULL", args![]).await.unwrap();
    db.close().await;
    let program = place.start();
    for name in ["alice", "\u{430}lice"] {
        assert!(!program.login(name).await.is_empty());
    }
    let response = program.register("al\u{456}ce").await;
    assert_eq!(response.status(), 409, "{}", response.text().await.unwrap());
    program.stop();
}
