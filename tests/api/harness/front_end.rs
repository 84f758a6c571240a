//! A front end as small as one can be: what the real one is made of, without what is in it.

use chaitube::front_end::File;

pub const INDEX: &str = "<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>Home of the page</title>\
    <meta name=\"description\" content=\"All of it\" /><link rel=\"icon\" href=\"/favicon.svg\"></head>\
    <body><div id=\"root\"></div></body></html>\n";

/// Packed files are told from plain ones by what is in them: nobody here unpacks them.
pub const FILES: &[File] = &[
    File { path: "assets/index-abc123.js", bytes: b"plain script" },
    File { path: "assets/index-abc123.js.br", bytes: b"script for brotli" },
    File { path: "assets/index-abc123.js.gz", bytes: b"script for gzip" },
    File { path: "favicon.svg", bytes: b"<svg/>" },
    File { path: "index.html", bytes: INDEX.as_bytes() },
    File { path: "index.html.br", bytes: b"never sent" },
    File { path: "site.webmanifest", bytes: b"{}" },
];
