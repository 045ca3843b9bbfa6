//! The tables of a review file, and the view that a training reads.

use crate::sqlite::Form;

/// `THRR` in ASCII marks a file as ours.
pub(super) const FORM: Form = Form { application_id: 0x5448_5252, format: 1, tables: TABLES };

/// `items.open` is the number of readers still wanted, and `items.verdict` what was found so far: both
/// follow from `verdicts` and are kept beside the post, so that an index finds what is open. `dice` is
/// drawn once: the random share is the posts of the smallest numbers. `history` is only ever added to.
const TABLES: &str = "
    CREATE TABLE items (
        number INTEGER PRIMARY KEY,
        fingerprint TEXT NOT NULL UNIQUE,
        id TEXT,
        text TEXT NOT NULL,
        text_sha256 TEXT NOT NULL,
        near TEXT NOT NULL,
        lang TEXT,
        score REAL,
        band TEXT NOT NULL,
        reason TEXT,
        threshold REAL NOT NULL,
        model_version TEXT NOT NULL,
        model_sha256 TEXT NOT NULL,
        source TEXT NOT NULL,
        created TEXT NOT NULL,
        urgency REAL NOT NULL,
        doubt REAL NOT NULL,
        twin INTEGER NOT NULL,
        dice REAL NOT NULL,
        random INTEGER NOT NULL DEFAULT 0,
        readers INTEGER NOT NULL,
        open INTEGER NOT NULL,
        verdict TEXT
    ) STRICT;
    CREATE INDEX items_by_urgency ON items (urgency DESC, number) WHERE open > 0;
    CREATE INDEX items_by_doubt ON items (twin, doubt, number) WHERE open > 0;
    CREATE INDEX items_by_dice ON items (dice) WHERE open > 0;
    CREATE INDEX items_not_drawn ON items (dice) WHERE random = 0;
    CREATE INDEX items_by_near ON items (near, verdict);
    CREATE INDEX items_by_id ON items (id);
    CREATE TABLE verdicts (
        item INTEGER NOT NULL REFERENCES items,
        reviewer TEXT NOT NULL,
        verdict TEXT NOT NULL,
        note TEXT,
        blind INTEGER NOT NULL,
        drawn TEXT,
        time TEXT NOT NULL,
        place INTEGER NOT NULL,
        PRIMARY KEY (item, reviewer)
    ) STRICT;
    CREATE INDEX verdicts_by_reviewer ON verdicts (reviewer, place);
    CREATE TABLE leases (
        reviewer TEXT PRIMARY KEY,
        item INTEGER NOT NULL REFERENCES items,
        until INTEGER NOT NULL,
        drawn TEXT NOT NULL
    ) STRICT;
    CREATE INDEX leases_by_item ON leases (item);
    CREATE TABLE history (
        place INTEGER PRIMARY KEY,
        time TEXT NOT NULL,
        request_id TEXT NOT NULL,
        item INTEGER NOT NULL,
        reviewer TEXT NOT NULL,
        verdict TEXT NOT NULL,
        note TEXT
    ) STRICT;
    CREATE VIEW labelled_posts (text, label, lang, created) AS
        SELECT text, verdict = 'supports', lang, created FROM items
        WHERE verdict IN ('supports', 'not') AND text <> ''
        ORDER BY number;";
