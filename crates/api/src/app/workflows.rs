//! The definitions that this server runs on.

use std::sync::Arc;

use stafett_store::Page;
use stafett_workflow::Definition;
use stafett_workflow::Refusal;
use stafett_workflow::definition::Library;
use stafett_workflow::referral::WorkflowKey;

use super::AppError;

/// Every definition in all its versions, by id and version.
#[must_use]
pub fn all(library: &Library) -> Vec<Arc<Definition>> {
    let mut all: Vec<_> = library.iter().cloned().collect();
    all.sort_by(|one, other| place(one).cmp(&place(other)));
    all
}

/// A page of them, after this id and version.
#[must_use]
pub fn list(library: &Library, after: Option<&(String, u16)>, limit: usize) -> Page<Arc<Definition>, (String, u16)> {
    let mut items = all(library);
    items.retain(|definition| after.is_none_or(|(id, version)| place(definition) > (id.as_str(), *version)));
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items
        .last()
        .filter(|_| more)
        .map(|last| (last.key.id.clone(), last.key.version));
    Page { items, next }
}

/// One version of one definition.
///
/// # Errors
/// Hidden, when there is none.
pub fn find(library: &Library, key: &WorkflowKey) -> Result<Arc<Definition>, AppError> {
    Ok(library.get(key).cloned().ok_or_else(Refusal::not_found)?)
}

fn place(definition: &Definition) -> (&str, u16) {
    (&definition.key.id, definition.key.version)
}

#[cfg(test)]
mod tests {
    use stafett_workflow::definition::builtin;

    use super::*;

    #[test]
    fn the_pages_together_are_the_list() {
        let library = builtin().unwrap();
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let page = list(&library, after.as_ref(), 1);
            listed.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(listed, all(&library));
        assert_eq!(list(&library, None, listed.len()).next, None);
    }

    #[test]
    fn what_does_not_exist_is_hidden() {
        let library = builtin().unwrap();
        let key = |version| WorkflowKey {
            id: "concern-report".to_owned(),
            version,
        };
        assert!(find(&library, &key(1)).is_ok());
        assert!(matches!(find(&library, &key(2)), Err(AppError::Refused(_))));
    }
}
