-- What a user name looks like (the skeleton of Unicode's confusables). The server fills it in at its start, for SQL
-- cannot compute it. Names that look alike already stay.
ALTER TABLE users ADD COLUMN skeleton TEXT;
CREATE INDEX users_by_skeleton ON users (skeleton);
