//! The statements of a migration, as far as one has to know them to say whom they hold up.

/// Splits SQL at its semicolons; comments are left out, and blanks outside of literals made one.
pub(super) fn split(sql: &str) -> Vec<String> {
    let (mut all, mut one, mut rest) = (Vec::new(), String::new(), sql);
    while let Some(next) = rest.chars().next() {
        let taken = match next {
            '-' if rest.starts_with("--") => {
                rest = rest.split_once('\n').map_or("", |(_, after)| after);
                blank(&mut one);
                continue;
            }
            '/' if rest.starts_with("/*") => {
                rest = rest.split_once("*/").map_or("", |(_, after)| after);
                blank(&mut one);
                continue;
            }
            '\'' | '"' => rest[1..].find(next).map_or(rest.len(), |at| at + 2),
            '$' => match rest[1..].find('$').map(|at| &rest[..at + 2]) {
                Some(tag) if tag[1..tag.len() - 1].chars().all(|c| c.is_alphanumeric() || c == '_') => {
                    rest[tag.len()..].find(tag).map_or(rest.len(), |at| at + 2 * tag.len())
                }
                _ => 1,
            },
            ';' => {
                rest = &rest[1..];
                all.push(std::mem::take(&mut one));
                continue;
            }
            _ if next.is_whitespace() => {
                rest = rest.trim_start();
                blank(&mut one);
                continue;
            }
            _ => next.len_utf8(),
        };
        one.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    all.push(one);
    all.iter().map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
}

fn blank(one: &mut String) {
    if !one.is_empty() && !one.ends_with(' ') {
        one.push(' ');
    }
}

/// Splits at the commas that stand in no bracket and no literal.
pub(super) fn parts(list: &str) -> Vec<&str> {
    let (mut all, mut from, mut depth, mut quoted) = (Vec::new(), 0, 0, false);
    for (at, c) in list.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                all.push(list[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    all.push(list[from..].trim());
    all
}

/// What a statement does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Does<'a> {
    /// Makes a table.
    Table(&'a str),
    /// Makes a part of a table that is there.
    Part(&'a str),
    /// Makes an index: of which table, whether unique, over what.
    Index { table: &'a str, unique: bool, over: &'a str },
    /// Makes a sequence or a function that was not there, or says something about an object.
    New,
    /// Has something carried out at writes to a table.
    Trigger(&'a str),
    /// Changes a table, by these actions.
    Alter { table: &'a str, actions: Vec<&'a str> },
    /// Puts rows into a table.
    Insert(&'a str),
    /// Changes rows of a table, by these assignments and what follows them.
    Update { table: &'a str, set: &'a str },
    /// Removes rows of a table.
    Delete(&'a str),
    /// Removes a table.
    Drop(&'a str),
    /// Anything else.
    Other,
}

/// A name without its schema, quotes, and what stands against it.
fn name(word: &str) -> &str {
    let word = word.strip_prefix("public.").unwrap_or(word);
    word.split('(').next().unwrap_or_default().trim_matches('"').trim_end_matches(',')
}

/// Takes words off the front, in whatever case; false if they are not there.
fn eat(rest: &mut &str, words: &str) -> bool {
    let is_there = rest.get(..words.len()).is_some_and(|front| front.eq_ignore_ascii_case(words));
    let ends = rest.get(words.len()..).is_some_and(|after| after.is_empty() || after.starts_with([' ', '(']));
    if is_there && ends {
        *rest = rest[words.len()..].trim_start();
    }
    is_there && ends
}

fn word<'a>(rest: &mut &'a str) -> &'a str {
    let (first, after) = rest.split_once(' ').unwrap_or((rest, ""));
    *rest = after;
    name(first)
}

/// Reads a statement that [`split`] has given.
pub(super) fn read(statement: &str) -> Does<'_> {
    let mut rest = statement;
    if eat(&mut rest, "CREATE TABLE") {
        eat(&mut rest, "IF NOT EXISTS");
        let table = word(&mut rest);
        return match eat(&mut rest, "PARTITION OF") {
            true => Does::Part(word(&mut rest)),
            false => Does::Table(table),
        };
    }
    let unique = eat(&mut rest, "CREATE UNIQUE INDEX");
    if unique || eat(&mut rest, "CREATE INDEX") {
        eat(&mut rest, "IF NOT EXISTS");
        let Some((_, after)) = rest.split_once(" ON ") else { return Does::Other };
        rest = after;
        let table = word(&mut rest);
        return Does::Index { table, unique, over: rest };
    }
    if ["CREATE SEQUENCE", "CREATE FUNCTION", "COMMENT ON"].iter().any(|kind| eat(&mut rest, kind)) {
        return Does::New;
    }
    if eat(&mut rest, "CREATE TRIGGER") {
        let Some((_, after)) = rest.split_once(" ON ") else { return Does::Other };
        rest = after;
        return Does::Trigger(word(&mut rest));
    }
    if eat(&mut rest, "ALTER TABLE") {
        eat(&mut rest, "ONLY");
        let table = word(&mut rest);
        return Does::Alter { table, actions: parts(rest) };
    }
    if eat(&mut rest, "INSERT INTO") {
        return Does::Insert(word(&mut rest));
    }
    if eat(&mut rest, "UPDATE") {
        let table = word(&mut rest);
        let set = rest.split_once("SET ").map_or("", |(_, set)| set);
        return Does::Update { table, set };
    }
    if eat(&mut rest, "DELETE FROM") {
        return Does::Delete(word(&mut rest));
    }
    if eat(&mut rest, "DROP TABLE") {
        eat(&mut rest, "IF EXISTS");
        return Does::Drop(word(&mut rest));
    }
    Does::Other
}

/// The column that an action of ALTER TABLE adds, and what is said of it.
pub(super) fn added(action: &str) -> Option<(&str, &str)> {
    let mut rest = action;
    if !eat(&mut rest, "ADD") {
        return None;
    }
    let is_column = eat(&mut rest, "COLUMN");
    eat(&mut rest, "IF NOT EXISTS");
    let rules = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "EXCLUDE"];
    let column = word(&mut rest);
    (is_column || !rules.iter().any(|rule| column.eq_ignore_ascii_case(rule))).then_some((column, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_end_where_postgresql_ends_them() {
        let sql = "-- one; two\nCREATE TABLE a (\n  x text DEFAULT ';' -- a 'b\n);\n/* ; */ DO $do$ a; $x$ b; $do$;\n\
                   UPDATE a SET x = '--;';";
        let read = split(sql);
        let whole =
            ["CREATE TABLE a ( x text DEFAULT ';' )", "DO $do$ a; $x$ b; $do$", "UPDATE a SET x = '--;'"];
        assert_eq!(read, whole);
        assert!(split("  -- nothing\n;;").is_empty());
        // What ends in the middle is no reason to go on for ever.
        for cut in ["'a", "$x$ a", "/* a", "-- a", "$"] {
            split(cut);
        }
    }

    #[test]
    fn each_kind_is_read() {
        assert_eq!(read("CREATE TABLE a (x int)"), Does::Table("a"));
        assert_eq!(read("create table b PARTITION OF a DEFAULT"), Does::Part("a"));
        let index = Does::Index { table: "a", unique: true, over: "(x, y) WHERE z" };
        assert_eq!(read("CREATE UNIQUE INDEX a_x ON a (x, y) WHERE z"), index);
        let actions = vec!["ADD COLUMN x int CHECK (x IN (1, 2))", "DROP y"];
        assert_eq!(
            read("ALTER TABLE public.a ADD COLUMN x int CHECK (x IN (1, 2)), DROP y"),
            Does::Alter { table: "a", actions }
        );
        assert_eq!(read("INSERT INTO a(x) SELECT 1"), Does::Insert("a"));
        assert_eq!(read("UPDATE a AS b SET x = 1"), Does::Update { table: "a", set: "x = 1" });
        assert_eq!(read("DELETE FROM a"), Does::Delete("a"));
        assert_eq!(read("DROP TABLE IF EXISTS a"), Does::Drop("a"));
        assert_eq!(
            read("CREATE TRIGGER t BEFORE UPDATE ON a FOR EACH ROW EXECUTE FUNCTION f()"),
            Does::Trigger("a")
        );
        assert_eq!(read("CREATE SEQUENCE s"), Does::New);
        for other in [
            "CREATE OR REPLACE FUNCTION f()",
            "DO $$ $$",
            "DROP INDEX x",
            "TRUNCATE a",
            "CREATE TABLESPACE x",
        ] {
            assert_eq!(read(other), Does::Other, "{other}");
        }
        assert_eq!(added("ADD COLUMN x text NOT NULL"), Some(("x", "text NOT NULL")));
        assert_eq!(added("ADD y bigint"), Some(("y", "bigint")));
        assert_eq!(added("ADD CONSTRAINT c CHECK (x)"), None);
        assert_eq!(added("ADD PRIMARY KEY (x)"), None);
    }
}
