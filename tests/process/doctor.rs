//! `chaitube doctor` as an operator runs it: beside the site, and without it.

use std::path::PathBuf;

use serde_json::Value;

use crate::program::{Place, files};

#[tokio::test]
async fn the_exit_code_and_the_report_say_whether_all_is_well() {
    let place = Place::new(&[]).await;
    let program = place.start();
    program.token("alice").await;
    let well = place.run(&["doctor", "--deep"]);
    let said = String::from_utf8_lossy(&well.stdout).into_owned();
    assert_eq!(well.status.code(), Some(0), "{said}{}", String::from_utf8_lossy(&well.stderr));
    assert!(said.contains("Checked 1 users") && said.ends_with("All is well.\n"), "{said}");

    let avatars: Vec<PathBuf> = files(&place.data().join("media/avatar"));
    std::fs::remove_file(&avatars[0]).unwrap();
    let ill = place.run(&["doctor"]);
    let said = String::from_utf8_lossy(&ill.stdout).into_owned();
    assert_eq!(ill.status.code(), Some(1), "{said}");
    assert!(said.contains("Objects that are not in the media storage: 1") && said.contains("has no avatar"), "{said}");
    assert!(said.ends_with("1 findings remain.\n"), "{said}");

    program.stop();
    let ill = place.run(&["doctor", "--json", "--repair"]);
    assert_eq!(ill.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&ill.stdout).unwrap();
    assert_eq!(
        (report["ok"].as_bool(), report["repair"].as_bool(), report["deep"].as_bool()),
        (Some(false), Some(true), Some(false))
    );
    assert_eq!(report["counts"]["missing_object"]["found"], 1);
    assert_eq!(report["findings"][0]["outcome"], "unrepairable");
}

#[tokio::test]
async fn what_cannot_be_checked_is_neither_well_nor_ill() {
    let place = Place::new(&[]).await;
    assert!(place.run(&["migrate"]).status.success());
    std::fs::write(place.data().join("media"), "no folder").unwrap();
    let output = place.run(&["doctor"]);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stderr).contains("media storage"), "{output:?}");
}
