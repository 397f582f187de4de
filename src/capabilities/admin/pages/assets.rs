//! Style, scripts and the mark of the pages, out of the program itself.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest, Sha256};
use std::sync::OnceLock;

/// Name, kind, content.
const FILES: [(&str, &str, &str); 6] = [
    ("pages.css", "text/css; charset=utf-8", include_str!("../../../../web/admin/pages.css")),
    ("parts.css", "text/css; charset=utf-8", include_str!("../../../../web/admin/parts.css")),
    ("charts.css", "text/css; charset=utf-8", include_str!("../../../../web/admin/charts.css")),
    ("overview.js", "text/javascript; charset=utf-8", include_str!("../../../../web/admin/overview.js")),
    ("queue.js", "text/javascript; charset=utf-8", include_str!("../../../../web/admin/queue.js")),
    ("icon.svg", "image/svg+xml", include_str!("../../../../web/admin/icon.svg")),
];

/// Changes when a file does: addresses carry it, so that browsers may keep files for long.
pub(super) fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let mut hash = Sha256::new();
        for (_, _, content) in FILES {
            hash.update(content);
        }
        hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    })
}

/// `GET /admin/assets/{file}`: open, as the login page needs them; they tell nothing.
pub(super) async fn give(request: HttpRequest) -> HttpResponse {
    let name = request.match_info().get("file").unwrap_or_default();
    match FILES.iter().find(|(known, ..)| *known == name) {
        Some((_, kind, content)) => HttpResponse::Ok()
            .content_type(*kind)
            .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .insert_header(("x-content-type-options", "nosniff"))
            .body(*content),
        None => HttpResponse::NotFound().finish(),
    }
}
