//! A front end as small as one can be: what the real one is made of, without what is in it.

use chaitube::FrontEndFile;

pub const INDEX: &str = "<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>Home of the page</title>\
    <meta name=\"description\" content=\"All of it\" /><link rel=\"icon\" href=\"/favicon.svg\"></head>\
    <body><div id=\"root\"></div></body></html>\n";

/// Packed files are told from plain ones by what is in them: nobody here unpacks them.
pub const FILES: &[FrontEndFile] = &[
    FrontEndFile { path: "assets/index-abc123.js", bytes: b"plain script" },
    FrontEndFile { path: "assets/index-abc123.js.br", bytes: b"script for brotli" },
    FrontEndFile { path: "assets/index-abc123.js.gz", bytes: b"script for gzip" },
    FrontEndFile { path: "favicon.svg", bytes: b"<svg/>" },
    FrontEndFile { path: "index.html", bytes: INDEX.as_bytes() },
    FrontEndFile { path: "index.html.br", bytes: b"never sent" },
    FrontEndFile { path: "site.webmanifest", bytes: b"{}" },
];
