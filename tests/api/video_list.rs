//! Listing and finding videos: orders, texts, channels, pages and cursors.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::harness::samples::{png, silent_video, video_file};
use crate::harness::{Client, Person, Response, TestApp, file, id, run};

/// The list's response for these parameters, which may have any characters.
async fn ask(client: &Client, parameters: &[(&str, &str)]) -> Response {
    client.get(&format!("/api/v1/videos?{}", serde_urlencoded::to_string(parameters).unwrap())).await
}

async fn list(client: &Client, parameters: &[(&str, &str)]) -> Value {
    let response = ask(client, parameters).await;
    assert_eq!((response.status, response.message()), (200, "Videos fetched successfully"), "{response:?}");
    response.data()
}

fn docs(page: &Value) -> &Vec<Value> {
    page["docs"].as_array().unwrap()
}

fn titles(page: &Value) -> BTreeSet<String> {
    docs(page).iter().map(|video| video["title"].as_str().unwrap().to_owned()).collect()
}

async fn upload(person: &Person, title: &str, description: &str, video: Vec<u8>) -> Value {
    let form = Form::new()
        .text("title", title.to_owned())
        .text("description", description.to_owned())
        .part("thumbnail", file("t.png", png(16, 9)))
        .part("videoFile", file("f.mp4", video));
    let response = person.client.multipart("POST", "/api/v1/videos", form).await;
    assert_eq!(response.status, 201, "{response:?}");
    response.data()
}

/// Five videos that differ, and agree, in every column there is to sort by.
async fn assortment(app: &TestApp, alice: &Person, bob: &Person) {
    let sources = [silent_video("a.mp4", 1), silent_video("b.mp4", 2), silent_video("c.mp4", 3)];
    for (index, (title, source)) in
        [("beta", 2), ("Alpha", 0), ("ärger", 1), ("alpha", 1), ("Zeta", 0)].iter().enumerate()
    {
        let video = upload(alice, title, "All about it", sources[*source].clone()).await;
        // The first two are of the same time.
        if index > 0 {
            app.advance(Duration::from_millis(1500));
        }
        let path = format!("/api/v1/videos/{}", id(&video));
        let anyone = app.anonymous();
        for viewer in [&alice.client, &bob.client, &anyone].into_iter().take([1, 3, 0, 1, 2][index]) {
            assert_eq!(viewer.get(&path).await.status, 200);
        }
    }
    alice.store_views().await;
}

/// What the list must be, by what its own entries say.
fn sorted(mut videos: Vec<Value>, column: &str, ascending: bool) -> Vec<String> {
    videos.sort_by(|one, other| {
        let (a, b) = (&one[column], &other[column]);
        let by_column = match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => a.as_str().unwrap().as_bytes().cmp(b.as_str().unwrap().as_bytes()),
        };
        let order = by_column.then(id(one).cmp(&id(other)));
        if ascending { order } else { order.reverse() }
    });
    videos.iter().map(id).collect()
}

#[tokio::test]
async fn every_order_in_both_directions_by_page_and_by_cursor() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        assortment(app, &alice, &bob).await;
        let anyone = app.anonymous();
        let all = docs(&list(&anyone, &[]).await).clone();
        assert_eq!(all.len(), 5);
        for (sort_by, column) in [
            ("createdAt", "createdAt"),
            ("views", "views"),
            ("duration", "duration"),
            ("title", "title"),
            ("password_hash", "createdAt"),
            ("", "createdAt"),
        ] {
            for (sort_type, ascending) in
                [("asc", true), ("1", true), ("ASC", true), ("desc", false), ("-1", false), ("up", false), ("", false)]
            {
                let wanted = sorted(all.clone(), column, ascending);
                let order = [("sortBy", sort_by), ("sortType", sort_type)];
                let whole = list(&anyone, &order).await;
                let got: Vec<String> = docs(&whole).iter().map(id).collect();
                assert_eq!(got, wanted, "{sort_by} {sort_type}");
                assert_eq!(walk_pages(&anyone, &order).await, wanted, "{sort_by} {sort_type} by page");
                assert_eq!(walk_cursors(&anyone, &order).await, wanted, "{sort_by} {sort_type} by cursor");
            }
        }
    })
    .await;
}

async fn walk_pages(client: &Client, order: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    for page in ["1", "2", "3"] {
        let page = list(client, &[order, &[("limit", "2"), ("page", page)]].concat()).await;
        found.extend(docs(&page).iter().map(id));
    }
    found
}

async fn walk_cursors(client: &Client, order: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = list(client, &[order, &[("limit", "2"), ("cursor", &cursor)]].concat()).await;
        found.extend(docs(&page).iter().map(id));
        assert_eq!(page["hasNextPage"], !page["nextCursor"].is_null());
        match page["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return found,
        }
    }
}

#[tokio::test]
async fn pages_are_those_of_mongoose() {
    run(async |app| {
        let alice = app.person("alice").await;
        let empty = list(&app.anonymous(), &[]).await;
        let wanted = json!({
            "docs": [], "totalDocs": 0, "limit": 10, "page": 1, "totalPages": 1, "pagingCounter": 1,
            "hasPrevPage": false, "hasNextPage": false, "prevPage": null, "nextPage": null, "nextCursor": null,
        });
        assert_eq!(empty, wanted);
        for number in 0..3 {
            upload(&alice, &format!("Number {number}"), "x", silent_video("a.mp4", 1)).await;
        }
        for (page, limit, counts, neighbours) in [
            ("1", "2", (2, 2, 1), (json!(null), json!(2))),
            ("2", "2", (1, 2, 3), (json!(1), json!(null))),
            ("7", "2", (0, 2, 13), (json!(6), json!(null))),
            ("1", "100", (3, 100, 1), (json!(null), json!(null))),
            ("1", "5000", (3, 100, 1), (json!(null), json!(null))),
            ("9223372036854775807", "100", (0, 100, i64::MAX), (json!(i64::MAX - 1), json!(null))),
        ] {
            let got = list(&app.anonymous(), &[("page", page), ("limit", limit)]).await;
            let (shown, limit, first) = counts;
            assert_eq!((docs(&got).len(), &got["limit"]), (shown, &json!(limit)), "{page}");
            assert_eq!((&got["totalDocs"], &got["pagingCounter"]), (&json!(3), &json!(first)), "{page}");
            assert_eq!((&got["prevPage"], &got["nextPage"]), (&neighbours.0, &neighbours.1), "{page}");
            assert_eq!(got["hasPrevPage"], !neighbours.0.is_null());
            assert_eq!(got["hasNextPage"], !neighbours.1.is_null());
        }
        for wrong in ["page=0", "page=-1", "page=x", "page=1.5", "limit=0", "limit=-5", "limit=ten", "limit=1e2"] {
            let response = app.anonymous().get(&format!("/api/v1/videos?{wrong}")).await;
            assert_eq!(response.status, 400, "{wrong}");
        }
    })
    .await;
}

#[tokio::test]
async fn texts_are_found_as_they_are_typed_in_any_case() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = video_file();
        for (title, description) in [
            ("100% tea", "percent"),
            ("snake_case", "under"),
            (r"back\slash", "backwards"),
            (r#"it's "quoted""#, "marks"),
            ("Ёлка ÄÖÜ 茶の湯", "Ὀδυσσεύς"),
            (".* [x] (y)?", "regex"),
            ("plain", "Endless DESCRIPTION of nothing"),
        ] {
            upload(&alice, title, description, video.clone()).await;
        }
        for (query, wanted) in [
            ("%", vec!["100% tea"]),
            ("_", vec!["snake_case"]),
            ("\\", vec![r"back\slash"]),
            ("\"", vec![r#"it's "quoted""#]),
            ("'", vec![r#"it's "quoted""#]),
            ("*", vec![".* [x] (y)?"]),
            ("0%", vec!["100% tea"]),
            ("e_", vec!["snake_case"]),
            ("k\\", vec![r"back\slash"]),
            ("茶", vec!["Ёлка ÄÖÜ 茶の湯"]),
            ("茶の", vec!["Ёлка ÄÖÜ 茶の湯"]),
            ("茶の湯", vec!["Ёлка ÄÖÜ 茶の湯"]),
            ("0% T", vec!["100% tea"]),
            ("%te", vec![]),
            ("sn%e", vec![]),
            ("s_ake", vec![]),
            ("E_CASE", vec!["snake_case"]),
            (r"CK\SL", vec![r"back\slash"]),
            (r"\\s", vec![]),
            (r#""QUOTED""#, vec![r#"it's "quoted""#]),
            (r#"" OR "1"#, vec![]),
            ("it's \"", vec![r#"it's "quoted""#]),
            ("ёлка", vec!["Ёлка ÄÖÜ 茶の湯"]),
            ("ЁЛКА äöü", vec!["Ёлка ÄÖÜ 茶の湯"]),
            ("öü", vec!["Ёлка ÄÖÜ 茶の湯"]),
            ("ὈΔΥΣΣ", vec!["Ёлка ÄÖÜ 茶の湯"]),
            ("ὈΔΥΣ", vec!["Ёлка ÄÖÜ 茶の湯"]),
            ("ὈΔΥΣΣΕΎΣ", vec!["Ёлка ÄÖÜ 茶の湯"]),
            (".*", vec![".* [x] (y)?"]),
            ("(y)?", vec![".* [x] (y)?"]),
            ("^plain$", vec![]),
            ("  plain  ", vec!["plain"]),
            ("less desc", vec!["plain"]),
            ("plainendless", vec![]),
            ("plain AND", vec![]),
            ("pl*", vec![]),
            ("NEAR(plain)", vec![]),
        ] {
            let got = list(&app.anonymous(), &[("query", query)]).await;
            let wanted: BTreeSet<String> = wanted.into_iter().map(str::to_owned).collect();
            assert_eq!(titles(&got), wanted, "{query}");
            assert_eq!(got["totalDocs"], wanted.len(), "{query}");
        }
        for blank in ["", "   ", "\t\n"] {
            assert_eq!(list(&app.anonymous(), &[("query", blank)]).await["totalDocs"], 7, "{blank:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_search_follows_changes_and_respects_what_is_hidden() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let source = silent_video("a.mp4", 1);
        let video = upload(&alice, "Green tea", "Leaves", source.clone()).await;
        let other = upload(&bob, "Black tea", "Leaves", source).await;
        let path = format!("/api/v1/videos/{}", id(&video));
        assert_eq!(alice.client.patch(&path, json!({ "title": "White tea" })).await.status, 200);
        let anyone = app.anonymous();
        assert_eq!(list(&anyone, &[("query", "green")]).await["totalDocs"], 0);
        assert_eq!(titles(&list(&anyone, &[("query", "white")]).await), BTreeSet::from(["White tea".to_owned()]));
        // A text together with a channel, an order and pages.
        let both = [("query", "TEA"), ("sortBy", "title"), ("sortType", "asc"), ("limit", "1")];
        let first = list(&anyone, &both).await;
        assert_eq!((id(&docs(&first)[0]), &first["totalDocs"]), (id(&other), &json!(2)));
        let cursor = first["nextCursor"].as_str().unwrap();
        let second = list(&anyone, &[&both[..], &[("cursor", cursor)]].concat()).await;
        assert_eq!(id(&docs(&second)[0]), id(&video));
        let one = list(&anyone, &[("query", "leaves"), ("userId", &bob.id)]).await;
        assert_eq!(titles(&one), BTreeSet::from(["Black tea".to_owned()]));

        assert_eq!(alice.client.bare("PATCH", &path.replace("videos/", "videos/toggle/publish/")).await.status, 200);
        for (client, wanted) in [(&anyone, 0), (&bob.client, 0), (&alice.client, 1)] {
            for query in ["white", "wh"] {
                let got = list(client, &[("query", query), ("userId", &alice.id)]).await;
                assert_eq!((docs(&got).len(), &got["totalDocs"]), (wanted, &json!(wanted)), "{query}");
                // Without the channel nobody finds it, not even its owner.
                assert_eq!(list(client, &[("query", query)]).await["totalDocs"], 0);
            }
        }
        assert_eq!(alice.client.delete(&path).await.status, 200);
        assert_eq!(list(&alice.client, &[("query", "white"), ("userId", &alice.id)]).await["totalDocs"], 0);
    })
    .await;
}

#[tokio::test]
async fn a_channel_shows_its_owner_more() {
    run(async |app| {
        let (alice, bob) = (app.person("alice").await, app.person("bob").await);
        let (shown, hidden) = (alice.ready_video("Shown").await, alice.hidden_ready_video("Hidden").await);
        bob.ready_video("Bob's").await;
        let both = BTreeSet::from([id(&shown), id(&hidden)]);
        let upper = alice.id.to_uppercase();
        for user in [alice.id.as_str(), &upper, &format!("  {upper} ")] {
            for (client, wanted) in [
                (&alice.client, both.clone()),
                (&bob.client, BTreeSet::from([id(&shown)])),
                (&app.anonymous(), BTreeSet::from([id(&shown)])),
            ] {
                let got = list(client, &[("userId", user)]).await;
                assert_eq!(docs(&got).iter().map(id).collect::<BTreeSet<_>>(), wanted);
                assert_eq!(got["totalDocs"], wanted.len());
            }
        }
        assert_eq!(list(&alice.client, &[]).await["totalDocs"], 2);
        assert_eq!(list(&alice.client, &[("userId", " ")]).await["totalDocs"], 2);
        let channel = list(&bob.client, &[("userId", &alice.id)]).await;
        let card = &docs(&channel)[0];
        assert_eq!(card["owner"]["username"], "alice");
        assert_eq!((&card["likesCount"], &card["title"]), (&json!(0), &json!("Shown")));
        // A well-formed id of nobody.
        let nobody = list(&bob.client, &[("userId", &id(&shown))]).await;
        assert_eq!((docs(&nobody).len(), &nobody["totalDocs"], &nobody["totalPages"]), (0, &json!(0), &json!(1)));
        for wrong in ["alice", "abcdefghijkl", "65a53f2e8c1b4a0012ab34c", "' OR 1=1 --", "[object Object]"] {
            let response = ask(&bob.client, &[("userId", wrong)]).await;
            assert_eq!((response.status, response.message()), (400, "Invalid user id"), "{wrong}");
        }
    })
    .await;
}

/// The list's own cursor, with one of its four parts (scope, page, key, id) replaced.
#[tokio::test]
async fn subscribers_list_what_their_channels_have_published() {
    run(async |app| {
        let (alice, bob, carol) = (app.person("alice").await, app.person("bob").await, app.person("carol").await);
        for (person, title) in [(&alice, "Own"), (&bob, "Tea"), (&carol, "Coffee"), (&bob, "Milk")] {
            person.ready_video(title).await;
            app.advance(Duration::from_secs(1));
        }
        bob.hidden_ready_video("Secret").await;
        let mine = [("subscribed", "true")];
        assert_eq!(list(&alice.client, &mine).await["totalDocs"], 0);
        alice.client.bare("POST", &format!("/api/v1/subscriptions/c/{}", bob.id)).await.expect_status(200);
        let page = list(&alice.client, &mine).await;
        assert_eq!((titles(&page), &page["totalDocs"]), (["Milk", "Tea"].map(str::to_owned).into(), &json!(2)));
        assert_eq!(docs(&page)[0]["title"], "Milk", "the newest first");
        let walked = walk_cursors(&alice.client, &mine).await;
        assert_eq!(walked, [&docs(&page)[0], &docs(&page)[1]].map(id));
        let found = list(&alice.client, &[("subscribed", "true"), ("query", "tea")]).await;
        assert_eq!((titles(&found), &found["totalDocs"]), (["Tea".to_owned()].into(), &json!(1)));
        assert_eq!(list(&alice.client, &[("subscribed", "false")]).await["totalDocs"], 4);
        assert_eq!(ask(&app.anonymous(), &mine).await.status, 401);
        assert_eq!(ask(&alice.client, &[("subscribed", "perhaps")]).await.status, 400);
    })
    .await;
}

async fn forged(client: &Client, sort_by: &str, part: usize, value: &Value) -> String {
    let page = list(client, &[("sortBy", sort_by), ("limit", "1")]).await;
    let bytes = URL_SAFE_NO_PAD.decode(page["nextCursor"].as_str().unwrap()).unwrap();
    let mut cursor: Value = serde_json::from_slice(&bytes).unwrap();
    cursor[part] = value.clone();
    URL_SAFE_NO_PAD.encode(cursor.to_string())
}

#[tokio::test]
async fn forged_cursors_are_refused() {
    run(async |app| {
        let alice = app.person("alice").await;
        let video = silent_video("a.mp4", 1);
        for title in ["One", "Two", "Three"] {
            upload(&alice, title, "x", video.clone()).await;
        }
        let some_id = "65a53f2e8c1b4a0012ab34cd";
        for (sort_by, cursor) in [("createdAt", "nonsense"), ("createdAt", "é"), ("title", "e30"), ("views", "W10")] {
            let response = ask(&alice.client, &[("sortBy", sort_by), ("cursor", cursor)]).await;
            assert_eq!(response.status, 400, "{sort_by} {cursor}");
        }
        // Real ones, with one of their parts changed.
        for (sort_by, part, value) in [
            ("createdAt", 2, json!("text")),
            ("createdAt", 2, json!(1.5)),
            ("createdAt", 2, json!(null)),
            ("createdAt", 2, json!({ "$gt": 0 })),
            ("createdAt", 3, json!("no id")),
            ("createdAt", 3, json!(5)),
            ("createdAt", 1, json!(0)),
            ("createdAt", 1, json!(-1)),
            ("createdAt", 0, json!("views")),
            ("views", 0, json!("1=1 --")),
            ("title", 2, json!(5)),
            ("title", 2, json!("a\u{0}b")),
            ("duration", 2, json!("1")),
            ("duration", 2, json!(1)),
        ] {
            let cursor = forged(&alice.client, sort_by, part, &value).await;
            let response = ask(&alice.client, &[("sortBy", sort_by), ("cursor", &cursor)]).await;
            assert_eq!(response.status, 400, "{sort_by} {value}");
        }
        let of_views = forged(&alice.client, "views", 1, &json!(2)).await;
        assert_eq!(ask(&alice.client, &[("cursor", &of_views)]).await.status, 400);
        // One that is well made may lie about where it is; the response is a page all the same.
        for (part, value) in [(1, json!(i64::MAX)), (2, json!(i64::MAX)), (2, json!(i64::MIN)), (3, json!(some_id))] {
            let cursor = forged(&alice.client, "createdAt", part, &value).await;
            let page = list(&alice.client, &[("cursor", &cursor), ("limit", "1")]).await;
            assert_eq!(page["totalDocs"], 3, "{value}");
        }
    })
    .await;
}
