-- Finding things. An index of words, in tables that are the same in both databases: the words of each kind of thing, and
-- for each word the numbered things that have it. A generation is one build of the whole index; `current` is searched,
-- `building` is being built.
CREATE TABLE search_state (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    current  BIGINT  NOT NULL,
    building BIGINT
);
INSERT INTO search_state (id, current) VALUES (1, 1);

-- `start1` and `start2` are the word's first one and two letters, `magnitude` is the binary logarithm of `documents`: both
-- find the most frequent words that begin with a letter or two.
CREATE TABLE search_words (
    id         INTEGER NOT NULL PRIMARY KEY,
    generation BIGINT  NOT NULL,
    kind       TEXT    NOT NULL,
    word       TEXT    NOT NULL,
    start1     TEXT    NOT NULL,
    start2     TEXT    NOT NULL,
    documents  BIGINT  NOT NULL,
    magnitude  BIGINT  NOT NULL,
    UNIQUE (generation, kind, word)
);
CREATE INDEX search_words_by_letter ON search_words (generation, kind, start1, magnitude DESC, word);
CREATE INDEX search_words_by_letters ON search_words (generation, kind, start2, magnitude DESC, word);

-- Words without one or two of their letters: what a mistyped word has in common with the right one.
CREATE TABLE search_near (
    generation BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    form       TEXT   NOT NULL,
    word_id    BIGINT NOT NULL,
    PRIMARY KEY (generation, kind, form, word_id)
) WITHOUT ROWID;
CREATE INDEX search_near_by_word ON search_near (word_id);

-- `words` are the postings of the document: what has to be taken out of the index when it changes.
CREATE TABLE search_documents (
    generation BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    number     BIGINT NOT NULL,
    subject_id BLOB   NOT NULL,
    words      BLOB   NOT NULL,
    PRIMARY KEY (generation, kind, number),
    UNIQUE (generation, kind, subject_id)
);

-- `place` is the id of a word times 2^20, plus a block of 2,048 numbers of documents. Three bytes for each document.
CREATE TABLE search_postings (
    place    INTEGER NOT NULL PRIMARY KEY,
    postings BLOB    NOT NULL
);

-- Tags as they were typed, as a JSON array; which videos have which, and how many published ones.
ALTER TABLE videos ADD COLUMN tags TEXT;
CREATE TABLE tags (
    tag    TEXT   NOT NULL PRIMARY KEY, -- folded by the server
    name   TEXT   NOT NULL,
    videos BIGINT NOT NULL
);
CREATE INDEX tags_by_videos ON tags (videos DESC, tag);
CREATE TABLE video_tags (
    video_id BLOB  NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
    tag      TEXT NOT NULL,
    PRIMARY KEY (video_id, tag)
);
CREATE INDEX video_tags_by_tag ON video_tags (tag, video_id);

-- What is entered for the index, whatever changes it.
CREATE TRIGGER videos_index_inserted AFTER INSERT ON videos BEGIN
    INSERT INTO tasks (id, kind, key, state, run_after, created_at, updated_at)
    VALUES (randomblob(12), 'index', 'video:' || lower(hex(new.id)), 'queued', 0, 0, 0)
    ON CONFLICT (kind, key) DO UPDATE SET
        wanted = wanted + 1,
        attempts = attempts * (state <> 'failed'),
        state = replace(state, 'failed', 'queued');
END;
CREATE TRIGGER videos_index_updated AFTER UPDATE OF title, description, tags, is_published, owner_id ON videos BEGIN
    INSERT INTO tasks (id, kind, key, state, run_after, created_at, updated_at)
    VALUES (randomblob(12), 'index', 'video:' || lower(hex(new.id)), 'queued', 0, 0, 0)
    ON CONFLICT (kind, key) DO UPDATE SET
        wanted = wanted + 1,
        attempts = attempts * (state <> 'failed'),
        state = replace(state, 'failed', 'queued');
END;
CREATE TRIGGER videos_index_deleted AFTER DELETE ON videos BEGIN
    INSERT INTO tasks (id, kind, key, state, run_after, created_at, updated_at)
    VALUES (randomblob(12), 'index', 'video:' || lower(hex(old.id)), 'queued', 0, 0, 0)
    ON CONFLICT (kind, key) DO UPDATE SET
        wanted = wanted + 1,
        attempts = attempts * (state <> 'failed'),
        state = replace(state, 'failed', 'queued');
END;
CREATE TRIGGER users_index_inserted AFTER INSERT ON users BEGIN
    INSERT INTO tasks (id, kind, key, state, run_after, created_at, updated_at)
    VALUES (randomblob(12), 'index', 'channel:' || lower(hex(new.id)), 'queued', 0, 0, 0)
    ON CONFLICT (kind, key) DO UPDATE SET
        wanted = wanted + 1,
        attempts = attempts * (state <> 'failed'),
        state = replace(state, 'failed', 'queued');
END;
CREATE TRIGGER users_index_updated AFTER UPDATE OF username, full_name ON users BEGIN
    INSERT INTO tasks (id, kind, key, state, run_after, created_at, updated_at)
    VALUES (randomblob(12), 'index', 'channel:' || lower(hex(new.id)), 'queued', 0, 0, 0)
    ON CONFLICT (kind, key) DO UPDATE SET
        wanted = wanted + 1,
        attempts = attempts * (state <> 'failed'),
        state = replace(state, 'failed', 'queued');
    INSERT INTO tasks (id, kind, key, state, run_after, created_at, updated_at)
    VALUES (randomblob(12), 'index', 'owner:' || lower(hex(new.id)), 'queued', 0, 0, 0)
    ON CONFLICT (kind, key) DO UPDATE SET
        wanted = wanted + 1,
        attempts = attempts * (state <> 'failed'),
        state = replace(state, 'failed', 'queued');
END;
CREATE TRIGGER users_index_deleted AFTER DELETE ON users BEGIN
    INSERT INTO tasks (id, kind, key, state, run_after, created_at, updated_at)
    VALUES (randomblob(12), 'index', 'channel:' || lower(hex(old.id)), 'queued', 0, 0, 0)
    ON CONFLICT (kind, key) DO UPDATE SET
        wanted = wanted + 1,
        attempts = attempts * (state <> 'failed'),
        state = replace(state, 'failed', 'queued');
END;
CREATE TRIGGER tweets_index_inserted AFTER INSERT ON tweets BEGIN
    INSERT INTO tasks (id, kind, key, state, run_after, created_at, updated_at)
    VALUES (randomblob(12), 'index', 'tweet:' || lower(hex(new.id)), 'queued', 0, 0, 0)
    ON CONFLICT (kind, key) DO UPDATE SET
        wanted = wanted + 1,
        attempts = attempts * (state <> 'failed'),
        state = replace(state, 'failed', 'queued');
END;
CREATE TRIGGER tweets_index_updated AFTER UPDATE OF content ON tweets BEGIN
    INSERT INTO tasks (id, kind, key, state, run_after, created_at, updated_at)
    VALUES (randomblob(12), 'index', 'tweet:' || lower(hex(new.id)), 'queued', 0, 0, 0)
    ON CONFLICT (kind, key) DO UPDATE SET
        wanted = wanted + 1,
        attempts = attempts * (state <> 'failed'),
        state = replace(state, 'failed', 'queued');
END;
CREATE TRIGGER tweets_index_deleted AFTER DELETE ON tweets BEGIN
    INSERT INTO tasks (id, kind, key, state, run_after, created_at, updated_at)
    VALUES (randomblob(12), 'index', 'tweet:' || lower(hex(old.id)), 'queued', 0, 0, 0)
    ON CONFLICT (kind, key) DO UPDATE SET
        wanted = wanted + 1,
        attempts = attempts * (state <> 'failed'),
        state = replace(state, 'failed', 'queued');
END;
CREATE TRIGGER playlists_index_inserted AFTER INSERT ON playlists BEGIN
    INSERT INTO tasks (id, kind, key, state, run_after, created_at, updated_at)
    VALUES (randomblob(12), 'index', 'playlist:' || lower(hex(new.id)), 'queued', 0, 0, 0)
    ON CONFLICT (kind, key) DO UPDATE SET
        wanted = wanted + 1,
        attempts = attempts * (state <> 'failed'),
        state = replace(state, 'failed', 'queued');
END;
CREATE TRIGGER playlists_index_updated AFTER UPDATE OF name, description ON playlists BEGIN
    INSERT INTO tasks (id, kind, key, state, run_after, created_at, updated_at)
    VALUES (randomblob(12), 'index', 'playlist:' || lower(hex(new.id)), 'queued', 0, 0, 0)
    ON CONFLICT (kind, key) DO UPDATE SET
        wanted = wanted + 1,
        attempts = attempts * (state <> 'failed'),
        state = replace(state, 'failed', 'queued');
END;
CREATE TRIGGER playlists_index_deleted AFTER DELETE ON playlists BEGIN
    INSERT INTO tasks (id, kind, key, state, run_after, created_at, updated_at)
    VALUES (randomblob(12), 'index', 'playlist:' || lower(hex(old.id)), 'queued', 0, 0, 0)
    ON CONFLICT (kind, key) DO UPDATE SET
        wanted = wanted + 1,
        attempts = attempts * (state <> 'failed'),
        state = replace(state, 'failed', 'queued');
END;
CREATE TRIGGER videos_index_viewed AFTER UPDATE OF views ON videos
WHEN length(CAST(new.views AS TEXT)) <> length(CAST(old.views AS TEXT)) BEGIN
    INSERT INTO tasks (id, kind, key, state, run_after, created_at, updated_at)
    VALUES (randomblob(12), 'index', 'video:' || lower(hex(new.id)), 'queued', 0, 0, 0)
    ON CONFLICT (kind, key) DO UPDATE SET
        wanted = wanted + 1,
        attempts = attempts * (state <> 'failed'),
        state = replace(state, 'failed', 'queued');
END;

-- The index of what is there already.
INSERT INTO tasks (id, kind, key, state, run_after, created_at, updated_at)
VALUES (randomblob(12), 'reindex', 'all', 'queued', 0, 0, 0);
