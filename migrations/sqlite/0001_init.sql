-- Ids are 12 bytes; times are milliseconds since 1970 from the server's clock. The columns named *_count are
-- kept in the same transaction as the rows they count; `chaitube recount` makes them anew.

CREATE TABLE users (
    id                     BLOB    NOT NULL PRIMARY KEY,
    username               TEXT    NOT NULL UNIQUE, -- trimmed and lower-cased by the server
    email                  TEXT    NOT NULL UNIQUE, -- trimmed and lower-cased by the server
    full_name              TEXT    NOT NULL,
    password_hash          TEXT    NOT NULL,
    avatar                 TEXT    NOT NULL,
    cover                  TEXT,
    videos_count           BIGINT  NOT NULL DEFAULT 0,
    published_videos_count BIGINT  NOT NULL DEFAULT 0,
    subscribers_count      BIGINT  NOT NULL DEFAULT 0,
    subscriptions_count    BIGINT  NOT NULL DEFAULT 0,
    tweets_count           BIGINT  NOT NULL DEFAULT 0,
    playlists_count        BIGINT  NOT NULL DEFAULT 0,
    created_at             BIGINT  NOT NULL,
    updated_at             BIGINT  NOT NULL
);

CREATE TABLE sessions (
    id            BLOB   NOT NULL PRIMARY KEY,
    user_id       BLOB   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    refresh_hash  BLOB   NOT NULL,
    previous_hash BLOB,
    user_agent    TEXT   NOT NULL,
    address       TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    rotated_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id, created_at, id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE videos (
    id             BLOB             NOT NULL PRIMARY KEY,
    owner_id       BLOB             NOT NULL REFERENCES users (id),
    title          TEXT             NOT NULL,
    description    TEXT             NOT NULL,
    film           TEXT             NOT NULL,
    thumbnail      TEXT             NOT NULL,
    duration_s     DOUBLE PRECISION NOT NULL,
    width          BIGINT           NOT NULL,
    height         BIGINT           NOT NULL,
    status         TEXT             NOT NULL,
    is_published   BOOLEAN          NOT NULL,
    views          BIGINT           NOT NULL DEFAULT 0,
    likes_count    BIGINT           NOT NULL DEFAULT 0,
    comments_count BIGINT           NOT NULL DEFAULT 0,
    created_at     BIGINT           NOT NULL,
    updated_at     BIGINT           NOT NULL
);
CREATE INDEX videos_by_time ON videos (created_at, id) WHERE is_published;
CREATE INDEX videos_by_views ON videos (views, id) WHERE is_published;
CREATE INDEX videos_by_duration ON videos (duration_s, id) WHERE is_published;
CREATE INDEX videos_by_title ON videos (title, id) WHERE is_published;
CREATE INDEX videos_by_owner ON videos (owner_id, created_at, id);

-- What GET /videos?query= looks through: title and description, lower-cased by the server, so that both
-- databases agree on what "case-insensitive" means beyond ASCII.
CREATE TABLE video_search (
    number   INTEGER NOT NULL PRIMARY KEY,
    video_id BLOB    NOT NULL UNIQUE REFERENCES videos (id) ON DELETE CASCADE,
    text     TEXT    NOT NULL
);
CREATE VIRTUAL TABLE video_search_index USING fts5 (
    text, content = 'video_search', content_rowid = 'number', tokenize = 'trigram case_sensitive 1'
);
CREATE TRIGGER video_search_inserted AFTER INSERT ON video_search BEGIN
    INSERT INTO video_search_index (rowid, text) VALUES (new.number, new.text);
END;
CREATE TRIGGER video_search_deleted AFTER DELETE ON video_search BEGIN
    INSERT INTO video_search_index (video_search_index, rowid, text) VALUES ('delete', old.number, old.text);
END;
CREATE TRIGGER video_search_updated AFTER UPDATE ON video_search BEGIN
    INSERT INTO video_search_index (video_search_index, rowid, text) VALUES ('delete', old.number, old.text);
    INSERT INTO video_search_index (rowid, text) VALUES (new.number, new.text);
END;

-- One row for every viewer counted within the dedupe window. `viewer` is a user id, or a keyed hash of an address.
CREATE TABLE video_views (
    video_id   BLOB   NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
    viewer     BLOB   NOT NULL,
    counted_at BIGINT NOT NULL,
    PRIMARY KEY (video_id, viewer)
);
CREATE INDEX video_views_by_time ON video_views (counted_at);

CREATE TABLE watch_history (
    user_id    BLOB   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    video_id   BLOB   NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
    watched_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, video_id)
);
CREATE INDEX watch_history_by_time ON watch_history (user_id, watched_at, video_id);
CREATE INDEX watch_history_by_video ON watch_history (video_id);

CREATE TABLE comments (
    id          BLOB   NOT NULL PRIMARY KEY,
    video_id    BLOB   NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
    owner_id    BLOB   NOT NULL REFERENCES users (id),
    content     TEXT   NOT NULL,
    likes_count BIGINT NOT NULL DEFAULT 0,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
CREATE INDEX comments_by_video ON comments (video_id, created_at, id);
CREATE INDEX comments_by_owner ON comments (owner_id, video_id);

CREATE TABLE tweets (
    id          BLOB   NOT NULL PRIMARY KEY,
    owner_id    BLOB   NOT NULL REFERENCES users (id),
    content     TEXT   NOT NULL,
    likes_count BIGINT NOT NULL DEFAULT 0,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
CREATE INDEX tweets_by_owner ON tweets (owner_id, created_at, id);

CREATE TABLE video_likes (
    user_id    BLOB   NOT NULL REFERENCES users (id),
    video_id   BLOB   NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
    id         BLOB   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, video_id)
);
CREATE INDEX video_likes_by_time ON video_likes (user_id, created_at, id);
CREATE INDEX video_likes_by_video ON video_likes (video_id);

CREATE TABLE comment_likes (
    user_id    BLOB   NOT NULL REFERENCES users (id),
    comment_id BLOB   NOT NULL REFERENCES comments (id) ON DELETE CASCADE,
    id         BLOB   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, comment_id)
);
CREATE INDEX comment_likes_by_comment ON comment_likes (comment_id);

CREATE TABLE tweet_likes (
    user_id    BLOB   NOT NULL REFERENCES users (id),
    tweet_id   BLOB   NOT NULL REFERENCES tweets (id) ON DELETE CASCADE,
    id         BLOB   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, tweet_id)
);
CREATE INDEX tweet_likes_by_tweet ON tweet_likes (tweet_id);

CREATE TABLE subscriptions (
    id            BLOB   NOT NULL PRIMARY KEY,
    subscriber_id BLOB   NOT NULL REFERENCES users (id),
    channel_id    BLOB   NOT NULL REFERENCES users (id),
    created_at    BIGINT NOT NULL,
    UNIQUE (subscriber_id, channel_id)
);
CREATE INDEX subscriptions_by_channel ON subscriptions (channel_id, created_at, id);
CREATE INDEX subscriptions_by_subscriber ON subscriptions (subscriber_id, created_at, id);

CREATE TABLE playlists (
    id          BLOB   NOT NULL PRIMARY KEY,
    owner_id    BLOB   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name        TEXT   NOT NULL,
    description TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
CREATE INDEX playlists_by_owner ON playlists (owner_id, created_at, id);

CREATE TABLE playlist_videos (
    playlist_id BLOB   NOT NULL REFERENCES playlists (id) ON DELETE CASCADE,
    video_id    BLOB   NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
    position    BIGINT NOT NULL,
    PRIMARY KEY (playlist_id, video_id)
);
CREATE INDEX playlist_videos_in_order ON playlist_videos (playlist_id, position);
CREATE INDEX playlist_videos_by_video ON playlist_videos (video_id);

-- Every object in the media store has a row here before it is written and until it is gone, so that whatever
-- a crash leaves behind is found without listing the store. `state` is pending, live or doomed.
CREATE TABLE media (
    name       TEXT   NOT NULL PRIMARY KEY,
    kind       TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    node       BLOB   NOT NULL,
    store      TEXT   NOT NULL,
    video_id   BLOB   REFERENCES videos (id),
    user_id    BLOB   REFERENCES users (id),
    mime       TEXT   NOT NULL,
    bytes      BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX media_unsettled ON media (created_at, name) WHERE state <> 'live';
CREATE INDEX media_by_video ON media (video_id);
CREATE INDEX media_by_user ON media (user_id);

CREATE TABLE totals (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO totals (name, value) VALUES ('published_videos', 0);
