-- For the tweets of all channels that somebody subscribes to, newest first.
CREATE INDEX tweets_by_time ON tweets (created_at, id);
