//! Every list in parts: by page number and by cursor, while rows come and go, and with cursors nobody handed out.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::harness::lists::{addresses, slice, walk, with_query};
use crate::harness::rows::{self, Table, fill, id_of, settle};
use crate::harness::{Person, TestApp, run};

/// How many rows every list has.
const COUNT: i64 = 25;

/// A list, and where its rows lie.
struct List {
    path: String,
    table: Table,
    /// The column with the id that the list shows.
    key: &'static str,
    /// The number of the row whose id is zero, so to say.
    offset: i64,
}

/// Fills every table for `person`, and gives every list there is.
async fn lists(app: &TestApp, person: &Person) -> Vec<List> {
    let video = id_of(1);
    let with_own_rows = [
        (format!("/api/v1/comments/{video}"), rows::COMMENTS, "id", 0),
        (format!("/api/v1/tweets/user/{}", person.id), rows::TWEETS, "id", 0),
        ("/api/v1/likes/videos".to_owned(), rows::VIDEO_LIKES, "id", 0),
        (format!("/api/v1/playlist/user/{}", person.id), rows::PLAYLISTS, "id", 0),
        (format!("/api/v1/subscriptions/c/{}", person.id), rows::SUBSCRIBERS, "id", 0),
        (format!("/api/v1/subscriptions/u/{}", person.id), rows::SUBSCRIPTIONS, "id", 1_000_000),
        ("/api/v1/users/history".to_owned(), rows::HISTORY, "video_id", 0),
        ("/api/v1/videos".to_owned(), rows::VIDEOS, "id", 0),
    ];
    fill(app, rows::USERS, 1..=COUNT, &person.id, &video).await;
    fill(app, rows::VIDEOS, 1..=COUNT, &person.id, &video).await;
    fill(app, rows::VIDEO_SEARCH, 1..=COUNT, &person.id, &video).await;
    for (_, table, ..) in with_own_rows.iter().filter(|(_, table, ..)| table.name != "videos") {
        fill(app, *table, 1..=COUNT, &person.id, &video).await;
    }
    settle(app).await;
    let others = [
        (format!("/api/v1/videos?userId={}", person.id), rows::VIDEOS, "id", 0),
        ("/api/v1/dashboard/videos".to_owned(), rows::VIDEOS, "id", 0),
        ("/api/v1/videos/trending".to_owned(), rows::VIDEOS, "id", 0),
        ("/api/v1/feed/shorts".to_owned(), rows::VIDEOS, "id", 0),
        ("/api/v1/tweets/feed".to_owned(), rows::TWEETS, "id", 0),
        ("/api/v1/tweets".to_owned(), rows::TWEETS, "id", 0),
    ];
    let list = |(path, table, key, offset)| List { path, table, key, offset };
    let lists: Vec<List> = with_own_rows.into_iter().chain(others).map(list).collect();
    let listed: BTreeSet<&str> = lists.iter().map(|list| list.path.split('?').next().unwrap()).collect();
    let described = addresses(&person.id, &video);
    assert_eq!(listed, described.iter().map(String::as_str).collect(), "every list of the description is tested");
    lists
}

async fn all(person: &Person, path: &str) -> Vec<String> {
    slice(&person.client, path, "limit=100").await.ids()
}

#[tokio::test]
async fn every_list_comes_newest_first_and_in_pages_of_any_length() {
    run(async |app| {
        let alice = app.person("alice").await;
        for list in lists(app, &alice).await {
            let expected: Vec<String> = (1..=COUNT).rev().map(|number| id_of(list.offset + number)).collect();
            let path = &list.path;
            assert_eq!(all(&alice, path).await, expected, "{path}");
            let mut found = Vec::new();
            for page in 1..=4 {
                let part = slice(&alice.client, path, &format!("limit=7&page={page}")).await;
                assert_eq!((part.docs.len(), part.total), (if page < 4 { 7 } else { 4 }, COUNT), "{path}");
                assert_eq!(part.next.is_some(), page < 4, "{path}");
                found.extend(part.ids());
            }
            assert_eq!(found, expected, "{path}");
            for page in ["5", "1000000", "9223372036854775807"] {
                let part = slice(&alice.client, path, &format!("limit=7&page={page}")).await;
                assert_eq!((part.docs.len(), part.total, part.next), (0, COUNT, None), "{path}");
            }
            for limit in [1, 4, 5, 24, 25, 26] {
                assert_eq!(walk(&alice.client, path, limit, async |_| {}).await, expected, "{path}");
            }
            // A page's number and a cursor lead to the same place.
            let first = slice(&alice.client, path, "limit=7&page=2").await;
            let next = slice(&alice.client, path, &format!("limit=3&cursor={}", first.next.unwrap())).await;
            assert_eq!(next.ids(), expected[14..17], "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_walk_meets_every_row_once_while_rows_come_and_go() {
    run(async |app| {
        let alice = app.person("alice").await;
        let mut newest = 100;
        for list in lists(app, &alice).await {
            newest += 100;
            let path = &list.path;
            let mut expected = walk(&alice.client, path, 100, async |_| {}).await;
            let number = |id: &String| i64::from_str_radix(id, 16).unwrap() - list.offset;
            let (met, doomed) = (number(&expected[1]), number(&expected[expected.len() - 2]));
            let add = async |number: i64| {
                if list.table.name != "videos" {
                    fill(app, rows::USERS, number..=number, &alice.id, "").await;
                    fill(app, rows::VIDEOS, number..=number, &alice.id, "").await;
                }
                fill(app, list.table, number..=number, &alice.id, &id_of(1)).await;
            };
            let found = walk(&alice.client, path, 4, async |part| {
                if part == 1 {
                    rows::remove(app, list.table.name, list.key, met + list.offset).await;
                    rows::remove(app, list.table.name, list.key, doomed + list.offset).await;
                }
                newest += 1;
                add(newest).await;
            })
            .await;
            expected.remove(expected.len() - 2);
            assert_eq!(found, expected, "{path}");
            assert_eq!(all(&alice, path).await[0], id_of(list.offset + newest), "{path}");
        }
        settle(app).await;
    })
    .await;
}

#[tokio::test]
async fn videos_come_in_every_order_and_walk_in_it_too() {
    run(async |app| {
        let alice = app.person("alice").await;
        lists(app, &alice).await;
        let owner = format!("&userId={}", alice.id);
        for (field, column) in [
            ("createdAt", "createdAt"),
            ("views", "views"),
            ("duration", "duration"),
            ("title", "title"),
            ("x", "createdAt"),
        ] {
            for (direction, is_ascending) in [("asc", true), ("1", true), ("ASC", true), ("desc", false), ("", false)] {
                for more in ["", owner.as_str(), "&query=video", "&query=3"] {
                    let path = format!("/api/v1/videos?sortBy={field}&sortType={direction}{more}");
                    let found = slice(&app.anonymous(), &path, "limit=100").await;
                    let mut keys: Vec<(Value, String)> = found
                        .docs
                        .iter()
                        .map(|doc| (doc[column].clone(), doc["_id"].as_str().unwrap().into()))
                        .collect();
                    if !is_ascending {
                        keys.reverse();
                    }
                    assert!(keys.is_sorted_by(less), "{path}: {keys:?}");
                    assert_eq!(found.total, i64::try_from(found.docs.len()).unwrap());
                    assert!(found.total > 3, "{path}");
                    assert_eq!(walk(&alice.client, &path, 3, async |_| {}).await, found.ids(), "{path}");
                }
            }
        }
    })
    .await;
}

fn less((a, a_id): &(Value, String), (b, b_id): &(Value, String)) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => (a, a_id) < (b, b_id),
        (a, b) => (a.as_f64().unwrap(), a_id) < (b.as_f64().unwrap(), b_id),
    }
}

#[tokio::test]
async fn a_page_tells_where_it_is() {
    run(async |app| {
        let alice = app.person("alice").await;
        lists(app, &alice).await;
        for path in ["/api/v1/videos".to_owned(), format!("/api/v1/comments/{}", id_of(1))] {
            let page = async |query: &str| {
                let mut page = alice.client.get(&format!("{path}?{query}")).await.data();
                let fields = page.as_object_mut().unwrap();
                let docs = fields.remove("docs").unwrap().as_array().unwrap().len();
                (docs, fields.remove("nextCursor").unwrap(), page)
            };
            let (docs, cursor, second) = page("page=2&limit=10").await;
            let told = json!({ "totalDocs": 25, "limit": 10, "page": 2, "totalPages": 3, "pagingCounter": 11,
                "hasPrevPage": true, "hasNextPage": true, "prevPage": 1, "nextPage": 3 });
            assert_eq!((docs, &second), (10, &told));
            let (docs, none, third) = page(&format!("limit=10&page=7&cursor={}", cursor.as_str().unwrap())).await;
            let told = json!({ "totalDocs": 25, "limit": 10, "page": 3, "totalPages": 3, "pagingCounter": 21,
                "hasPrevPage": true, "hasNextPage": false, "prevPage": 2, "nextPage": null });
            assert_eq!((docs, none, &third), (5, Value::Null, &told), "the cursor goes before the page's number");
            let (docs, none, defaults) = page("page=&limit=").await;
            assert_eq!((docs, &defaults["limit"], &defaults["page"]), (10, &json!(10), &json!(1)));
            assert!(none.is_string());
            let (docs, _, most) = page("limit=5000").await;
            assert_eq!((docs, &most["limit"], &most["totalPages"]), (25, &json!(100), &json!(1)));
            let (docs, _, past) = page("page=4").await;
            assert_eq!((docs, &past["hasPrevPage"], &past["nextPage"]), (0, &json!(true), &Value::Null));
        }
    })
    .await;
}

#[tokio::test]
async fn an_array_ends_after_a_thousand_and_says_how_to_go_on() {
    run(async |app| {
        let alice = app.person("alice").await;
        fill(app, rows::TWEETS, 1..=1_005, &alice.id, "").await;
        settle(app).await;
        let path = format!("/api/v1/tweets/user/{}", alice.id);
        for query in ["", "limit=1000", "limit=4000"] {
            let most = slice(&alice.client, &path, query).await;
            assert_eq!((most.docs.len(), most.total), (1_000, 1_005));
            let rest = slice(&alice.client, &path, &format!("cursor={}", most.next.unwrap())).await;
            assert_eq!((rest.ids(), rest.total), ((1..=5).rev().map(id_of).collect(), 1_005));
            assert_eq!(rest.next, None);
        }
    })
    .await;
}

#[tokio::test]
async fn pages_are_positive_whole_numbers_on_every_list() {
    run(async |app| {
        let alice = app.person("alice").await;
        for list in lists(app, &alice).await {
            for field in ["page", "limit"] {
                for value in ["0", "-1", "1.5", "ten", "9223372036854775808", "1%00", "%27"] {
                    let response = alice.client.get(&with_query(&list.path, &format!("{field}={value}"))).await;
                    response.expect(400, &format!("{field} must be a positive whole number"));
                    assert_eq!(response.body["errors"][0]["field"], field);
                }
            }
        }
    })
    .await;
}

/// A cursor with one of its parts replaced.
fn tampered(cursor: &str, index: usize, value: Value) -> String {
    let mut parts: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).unwrap()).unwrap();
    parts[index] = value;
    URL_SAFE_NO_PAD.encode(parts.to_string())
}

async fn refused(person: &Person, path: &str, cursor: &str) {
    let response = person.client.get(&with_query(path, &format!("cursor={cursor}"))).await;
    assert_eq!((response.status, &response.body["errors"][0]["field"]), (400, &json!("cursor")), "{path}: {cursor}");
}

#[tokio::test]
async fn cursors_nobody_handed_out_are_refused_by_every_list() {
    run(async |app| {
        let alice = app.person("alice").await;
        let lists = lists(app, &alice).await;
        for list in &lists {
            let path = &list.path;
            let cursor = slice(&alice.client, path, "limit=3").await.next.unwrap();
            let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
            for forged in ["x", "%00", "null", &cursor[1..], &cursor[..cursor.len() - 4], &format!("{cursor}A")] {
                refused(&alice, path, forged).await;
            }
            for forged in ["", "null", "[]", "{}", "5", "[\"time\",2,1000]", "[[[[[[[["] {
                refused(&alice, path, &encoded(&format!(" {forged}"))).await;
            }
            for (index, value) in [
                (0, json!("time")),
                (0, json!("views")),
                (0, json!(7)),
                (1, json!(0)),
                (1, json!(-3)),
                (1, json!("2")),
                (2, json!("1000")),
                (2, json!(10.5)),
                (2, json!(null)),
                (2, json!([1])),
                (3, json!("nobody")),
                (3, json!(5)),
                (3, json!(format!("{}' OR '1'='1", id_of(3)))),
            ] {
                refused(&alice, path, &tampered(&cursor, index, value)).await;
            }
            // The page's number is only for show, and may be anything.
            let far = tampered(&cursor, 1, json!(i64::MAX));
            assert_eq!(slice(&alice.client, path, &format!("limit=3&cursor={far}")).await.docs.len(), 3, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_list_and_order_only() {
    run(async |app| {
        let alice = app.person("alice").await;
        let lists = lists(app, &alice).await;
        let address = |list: &List| list.path.split('?').next().unwrap().to_owned();
        for from in &lists {
            let cursor = slice(&alice.client, &from.path, "limit=3").await.next.unwrap();
            for to in lists.iter().filter(|to| address(to) != address(from)) {
                refused(&alice, &to.path, &cursor).await;
            }
        }
        let bob = app.person("bob").await;
        let tweets = format!("/api/v1/tweets/user/{}", alice.id);
        let cursor = slice(&alice.client, &tweets, "limit=3").await.next.unwrap();
        refused(&alice, &tweets.replace(&alice.id, &bob.id), &cursor).await;
        let orders = ["createdAt", "views", "duration", "title"]
            .map(|field| ["asc", "desc"].map(|way| format!("/api/v1/videos?sortBy={field}&sortType={way}")));
        for from in orders.as_flattened() {
            let cursor = slice(&alice.client, from, "limit=3").await.next.unwrap();
            for to in orders.as_flattened().iter().filter(|to| *to != from) {
                refused(&alice, to, &cursor).await;
            }
            let values = [json!(1), json!(1.5), json!("a\u{0}"), json!("a"), json!(null)];
            let is_own = |value: &Value| match from {
                from if from.contains("title") => value == "a",
                from if from.contains("duration") => value == 1.5,
                _ => value == 1,
            };
            for value in values.iter().filter(|value| !is_own(value)) {
                refused(&alice, from, &tampered(&cursor, 2, value.clone())).await;
            }
        }
    })
    .await;
}
