-- How many tweets there are altogether, for the list of all of them.
INSERT INTO totals (name, value) SELECT 'tweets', COUNT(*) FROM tweets;
-- For user names that begin with a text, whatever the locale.
CREATE INDEX users_by_name_start ON users (username text_pattern_ops);
