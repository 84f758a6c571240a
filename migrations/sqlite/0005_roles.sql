-- What an account may do beyond what is its own: `user` or `admin`. The first one made is the administrator's.
ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'user';
UPDATE users SET role = 'admin' WHERE id = (SELECT id FROM users ORDER BY created_at, id LIMIT 1);

-- How many accounts there are. Registering and leaving move it, one after the other, which is how it is known who came
-- first.
INSERT INTO totals (name, value) SELECT 'accounts', COUNT(*) FROM users;
