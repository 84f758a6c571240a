//! Aliases: paths and names that front ends of other forks use.

use std::collections::BTreeMap;

use crate::harness::contract::{DOCUMENT, aliases, operations, template};
use crate::harness::run;
use crate::harness::world::{Actor, World};
use crate::matrix::{ROWS, check_row};

#[test]
fn an_alias_is_described_as_deprecated_and_hides_no_operation() {
    assert!(aliases().len() > 30);
    for ((method, path), own) in aliases() {
        let alias = &DOCUMENT["paths"][&path][method.to_lowercase()];
        assert!(operations().contains(&own), "{method} {path} stands for {own:?}");
        assert_eq!(alias["deprecated"], true, "{method} {path}");
        let described = &DOCUMENT["paths"][&own.1][own.0.to_lowercase()];
        assert_eq!((&alias["security"], &alias["tags"]), (&described["security"], &described["tags"]));
        assert_eq!(alias["requestBody"].is_object(), described["requestBody"].is_object());
        let statuses =
            |of: &serde_json::Value| of["responses"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(statuses(alias), statuses(described));
    }
    for (method, path) in operations() {
        assert_eq!(template(&method, &path), Some(path.clone()), "an alias hides {method} {path}");
    }
}

/// Everything the matrix says of an operation holds for its aliases, too: as often as one has aliases, all is asked
/// through other ones.
#[tokio::test]
async fn t10_an_alias_lets_in_whom_its_operation_lets_in() {
    let mut of: BTreeMap<(String, String), Vec<(String, String)>> = BTreeMap::new();
    for (alias, own) in aliases() {
        of.entry(own).or_default().push(alias);
    }
    let rounds = of.values().map(Vec::len).max().unwrap();
    for round in 0..rounds {
        run(async |app| {
            let world = World::new(app).await;
            for actor in [Actor::Nobody, Actor::Stranger, Actor::Owner] {
                for (method, path, wanted) in ROWS {
                    let own = ((*method).to_owned(), (*path).to_owned());
                    let (method, path) = of.get(&own).and_then(|all| all.get(round)).unwrap_or(&own);
                    check_row(app, &world, actor, (method, path, *wanted)).await;
                }
            }
        })
        .await;
    }
}
