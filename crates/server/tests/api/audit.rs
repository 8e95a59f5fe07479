//! Who did what can be read by admins, and changed by nobody.

use serde_json::{Value, json};

use crate::shop::{As, Shop};

async fn log(shop: &Shop, who: &As, query: &str) -> Vec<Value> {
    let (status, page) = shop.get(&format!("/api/console/audit{query}"), who).await;
    assert_eq!(status, 200, "{page}");
    page["entries"].as_array().unwrap().clone()
}

fn actions(entries: &[Value]) -> Vec<&str> {
    entries
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn sign_ins_imports_and_refusals_are_written_down() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    shop.desk.clock.advance(5);
    let wrong = json!({ "email": "jonas@shop.example", "password": "wrong password" });
    let path = "/api/console/session";
    assert_eq!(shop.post(path, &As::Nobody, wrong).await.0, 401);
    let files = json!({ "files": [{ "name": "hours.md", "text": "# Hours\n\nNine to five." }] });
    let (status, _) = shop.post("/api/console/articles", &maya, files).await;
    assert_eq!(status, 200);

    // The refusal is written beside its answer.
    let mut entries = log(&shop, &maya, "").await;
    while entries.len() < 3 {
        tokio::task::yield_now().await;
        entries = log(&shop, &maya, "").await;
    }
    let mut seen = actions(&entries);
    seen.sort_unstable();
    assert_eq!(seen, ["articles_imported", "sign_in_refused", "signed_in"]);
    let refused = log(&shop, &maya, "?action=sign_in_refused").await;
    assert_eq!(refused[0]["actor_kind"], "stranger");
    assert!(
        refused[0]["subject"]
            .as_str()
            .unwrap()
            .starts_with("agent_")
    );
    let signed_in = &log(&shop, &maya, "?action=signed_in").await[0];
    assert_eq!(signed_in["actor_name"], "maya");
    let actor = signed_in["actor_id"].as_str().unwrap();
    let hers = log(&shop, &maya, &format!("?actor={actor}")).await;
    assert_eq!(actions(&hers), ["articles_imported", "signed_in"]);
    let text = serde_json::to_string(&entries).unwrap();
    assert!(!text.contains("wrong password") && !text.contains("Nine to five"));
}

#[tokio::test]
async fn who_signs_out_is_written_down() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let jonas = shop.sign_in("jonas@shop.example").await;
    let (status, _, _) = shop
        .raw("DELETE", "/api/console/session", &jonas, None, &[])
        .await;
    assert_eq!(status, 204);
    let left = log(&shop, &maya, "?action=signed_out").await;
    assert_eq!(actions(&left), ["signed_out"]);
    assert_eq!(left[0]["actor_name"], "jonas");
}

#[tokio::test]
async fn the_log_is_paged_and_its_filters_take_only_what_they_know() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    for n in 0..120 {
        let files = json!({ "files": [{ "name": "a.md", "text": format!("# A\n\n{n}") }] });
        shop.desk.clock.advance(5);
        assert_eq!(
            shop.post("/api/console/articles", &maya, files).await.0,
            200
        );
    }
    let (mut seen, mut query) = (vec![], String::new());
    loop {
        let (_, page) = shop.get(&format!("/api/console/audit{query}"), &maya).await;
        seen.extend(page["entries"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else {
            break;
        };
        query = format!("?before={next}");
    }
    assert_eq!(seen.len(), 121);
    assert!(seen.is_sorted_by(|a, b| a["at"].as_str() >= b["at"].as_str()));
    for bad in [
        "?action=drop%20table",
        "?before=audit_x",
        "?before='%20or%201=1",
    ] {
        let (status, problem) = shop.get(&format!("/api/console/audit{bad}"), &maya).await;
        assert_eq!(
            (status, problem["code"].as_str()),
            (400, Some("bad_request"))
        );
    }
    let none = log(&shop, &maya, "?actor='%20or%20'1'='1").await;
    assert_eq!(none, Vec::<Value>::new());
}

#[tokio::test]
async fn the_log_is_narrowed_down_by_kind_time_and_what_it_was_done_to() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let from = shop.desk.clock.now();
    shop.desk.clock.advance(1_000);
    let program = As::Program("sga_Shop".into());
    let made = json!({ "name": "App" });
    let (status, app) = shop.post("/api/v1/inboxes", &program, made).await;
    assert_eq!(status, 201, "{app}");
    let id = app["id"].as_str().unwrap();
    shop.desk.clock.advance(1_000);
    let path = format!("/api/console/inboxes/{id}");
    let renamed = json!({ "name": "Our app" });
    let (status, _, _) = shop.raw("PATCH", &path, &maya, Some(renamed), &[]).await;
    assert_eq!(status, 200);
    let until = shop.desk.clock.now();

    let about = log(&shop, &maya, &format!("?subject={id}")).await;
    assert_eq!(actions(&about), ["inbox_renamed", "inbox_made"]);
    assert_eq!(about[1]["subject_name"], "Our app", "as it is called now");
    for (query, expected) in [
        (format!("?subject={id}&kind=program"), vec!["inbox_made"]),
        (
            format!("?from={from}&until={until}"),
            vec!["inbox_made", "signed_in"],
        ),
        (format!("?from={until}"), vec!["inbox_renamed"]),
        (format!("?until={from}"), vec![]),
        ("?kind=&action=inbox_made".into(), vec!["inbox_made"]),
    ] {
        let found = log(&shop, &maya, &query).await;
        assert_eq!(actions(&found), expected, "{query}");
    }
    let (status, _) = shop.get("/api/console/audit?from=yesterday", &maya).await;
    assert_eq!(status, 400);
}

/// Attack case 36.
#[tokio::test]
async fn the_log_goes_out_whole_as_a_file_that_runs_nothing() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    for n in 0..60 {
        shop.desk.clock.advance(5);
        let made = json!({ "name": format!("Team {n}") });
        let (status, _) = shop.post("/api/console/teams", &maya, made).await;
        assert_eq!(status, 201);
    }
    shop.desk.clock.advance(5);
    let formula = json!({ "name": "=HYPERLINK(1)" });
    let (status, _) = shop.post("/api/console/inboxes", &maya, formula).await;
    assert_eq!(status, 201);
    let file = "/api/console/audit/file";
    let (status, headers, lines) = shop
        .raw("GET", &format!("{file}?format=json"), &maya, None, &[])
        .await;
    assert_eq!(status, 200, "{lines}");
    assert_eq!(
        headers["content-disposition"],
        "attachment; filename=\"audit.json\""
    );
    let lines = lines.as_array().unwrap();
    assert_eq!(lines.len(), 62);
    assert_eq!(lines[0]["detail"]["name"], "=HYPERLINK(1)");

    shop.desk.clock.advance(5);
    let query = format!("{file}?format=csv&action=inbox_made");
    let (status, headers, text) = shop.text(&query, &maya).await;
    assert_eq!(status, 200, "{text}");
    assert_eq!(headers["content-type"], "text/csv; charset=utf-8");
    let text = text.strip_prefix('\u{feff}').expect("marked as UTF-8");
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1);
    assert_eq!(&rows[0][6], "'=HYPERLINK(1)", "{text}");
    assert_eq!(&rows[0][7], "name: =HYPERLINK(1)");
    // That it went out stands in it.
    let out = log(&shop, &maya, "?action=audit_exported").await;
    let counts: Vec<&str> = out
        .iter()
        .map(|it| it["detail"]["lines"].as_str().unwrap())
        .collect();
    assert_eq!(counts, ["1", "62"]);
    let (status, _) = shop.get(&format!("{file}?format=xml"), &maya).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn another_company_reads_its_own_log_only() {
    let shop = Shop::open().await;
    shop.add_workspace("Other", &["eve"]).await;
    shop.sign_in("maya@shop.example").await;
    let eve = shop.sign_in("eve@other.example").await;
    let entries = log(&shop, &eve, "").await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["actor_name"], "eve");
    assert_eq!(shop.get("/api/console/audit", &As::Nobody).await.0, 401);
}
