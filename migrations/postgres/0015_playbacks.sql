-- What was watched. A playback is one viewing of a video, from the moment at which it starts to play; it has a row once
-- something was watched, for 30 days. `viewer` is as in `video_views`, and no one's for those who ask not to be tracked.
CREATE TABLE playbacks (
    id          BYTEA  NOT NULL PRIMARY KEY,
    video_id    BYTEA  NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
    user_id     BYTEA  REFERENCES users (id) ON DELETE CASCADE,
    viewer      BYTEA,
    source      TEXT,            -- where the viewer came from
    started_at  BIGINT NOT NULL,
    reported_at BIGINT NOT NULL,
    watched     TEXT   NOT NULL, -- ranges of the video in milliseconds, as JSON
    watched_ms  BIGINT NOT NULL, -- their length
    credit_ms   BIGINT NOT NULL, -- how much more could have been watched until `reported_at`
    position_ms BIGINT NOT NULL,
    stalled_ms  BIGINT NOT NULL,
    quality     BIGINT,          -- the shorter side of the picture in pixels
    verdict     TEXT,            -- whether it counts as a view, once that is decided
    decided_at  BIGINT
);
CREATE INDEX playbacks_by_viewer ON playbacks (viewer, started_at, video_id);
CREATE INDEX playbacks_by_video ON playbacks (video_id, viewer);
CREATE INDEX playbacks_by_user ON playbacks (user_id);
CREATE INDEX playbacks_by_time ON playbacks (started_at);

-- Sums for each hour since 1970, kept for a week.
CREATE TABLE video_hours (
    video_id BYTEA  NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
    hour     BIGINT NOT NULL,
    views    BIGINT NOT NULL DEFAULT 0,
    watch_ms BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (video_id, hour)
);
CREATE INDEX video_hours_by_hour ON video_hours (hour, video_id);

-- Sums for each day since 1970, in UTC. The views by where the viewers came from add up to `views`.
CREATE TABLE video_days (
    video_id           BYTEA  NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
    day                BIGINT NOT NULL,
    views              BIGINT NOT NULL DEFAULT 0,
    refused            BIGINT NOT NULL DEFAULT 0,
    watch_ms           BIGINT NOT NULL DEFAULT 0,
    new_viewers        BIGINT NOT NULL DEFAULT 0,
    from_home          BIGINT NOT NULL DEFAULT 0,
    from_search        BIGINT NOT NULL DEFAULT 0,
    from_related       BIGINT NOT NULL DEFAULT 0,
    from_subscriptions BIGINT NOT NULL DEFAULT 0,
    from_playlist      BIGINT NOT NULL DEFAULT 0,
    from_embed         BIGINT NOT NULL DEFAULT 0,
    from_elsewhere     BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (video_id, day)
);

-- How many playbacks watched each hundredth of a video: a hundred 32-bit numbers, the low byte first.
CREATE TABLE video_retention (
    video_id   BYTEA  NOT NULL PRIMARY KEY REFERENCES videos (id) ON DELETE CASCADE,
    playbacks  BIGINT NOT NULL,
    hundredths BYTEA  NOT NULL
);
