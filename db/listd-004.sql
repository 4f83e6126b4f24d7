-- listd-004.sql - a list looks after itself: what happened on it, reports that came back, the archive, members' digests

-- counters
-- reports that came back
-- archive and digests
-- what became of posts
