//! The list of the features, without the accounts that all of them belong to.

use super::feature::Feature;
use super::{
    comments, dashboard, feed, health, history, likes, playbacks, playlists, processing, search, site, subscriptions,
    tweets, uploads, videos,
};
use crate::{delivery, pages};

/// In the order in which the description lists their tags, and in which deleting an account runs them.
pub const FEATURES: &[Feature] = &[
    history::FEATURE,
    playbacks::FEATURE,
    videos::FEATURE,
    processing::FEATURE,
    uploads::FEATURE,
    comments::FEATURE,
    tweets::FEATURE,
    likes::FEATURE,
    playlists::FEATURE,
    subscriptions::FEATURE,
    search::FEATURE,
    dashboard::FEATURE,
    feed::FEATURE,
    delivery::FEATURE,
    health::FEATURE,
    site::FEATURE,
    pages::FEATURE,
];
