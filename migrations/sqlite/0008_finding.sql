-- How many tweets there are altogether, for the list of all of them.
INSERT INTO totals (name, value) SELECT 'tweets', COUNT(*) FROM tweets;
