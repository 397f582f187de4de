//! In which order makers of pictures are asked, so that a request is one job and paid once.

/// One call of a maker, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Try {
    pub at: usize,
    /// The job that an attempt before has posted is looked for, and none is posted.
    pub find: bool,
}

/// The calls that may be made, the first first. Makers are given as their name, whether their jobs
/// are found again, and whether they may draw this. `went` names the one of whose call nobody knows
/// what became: no other is asked then, nor that one where its jobs are not found again.
pub(super) fn tries<'m>(makers: impl Iterator<Item = (&'m str, bool, bool)>, went: Option<&str>) -> Vec<Try> {
    let of = |(at, (name, resumes, may)): (usize, (&str, bool, bool))| match went {
        _ if !may => Vec::new(),
        None => vec![Try { at, find: false }],
        Some(former) if former == name && resumes => {
            vec![Try { at, find: true }, Try { at, find: false }]
        }
        Some(_) => Vec::new(),
    };
    makers.enumerate().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_may_have_been_made_is_looked_for_where_it_was_made() {
        let of = |went| {
            let makers = [("a", true, true), ("b", false, true), ("c", true, false), ("d", true, true)];
            tries(makers.into_iter(), went).iter().map(|one| (one.at, one.find)).collect::<Vec<_>>()
        };
        assert_eq!(of(None), [(0, false), (1, false), (3, false)]);
        assert_eq!(of(Some("d")), [(3, true), (3, false)], "at that maker, and paid anew if it is not there");
        for lost in ["b", "c", "gone"] {
            assert!(of(Some(lost)).is_empty(), "{lost}");
        }
    }
}
