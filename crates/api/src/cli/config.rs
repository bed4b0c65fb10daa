//! `stafett config`.

use clap::Subcommand;

use super::output::{self, Format};
use super::{CliError, Common, Outcome};
use crate::config::Explanation;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print every setting with its value now, secrets hidden
    Dump(Format),
    /// Tell of every setting what it means, its default, and where its value came from
    Explain(Format),
}

impl Command {
    pub(super) fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let settings = common.load(Vec::new())?.explain();
        match self {
            Self::Dump(format) => {
                format.rows(&settings, ["KEY", "VALUE", "FROM"], |setting| {
                    [setting.key.to_owned(), setting.value.clone(), setting.source.clone()]
                });
            }
            Self::Explain(Format { json: true }) => Format { json: true }.rows(&settings, [], |_| []),
            Self::Explain(Format { json: false }) => {
                output::text(&settings.iter().map(paragraph).collect::<Vec<_>>().join("\n\n"));
            }
        }
        Ok(Outcome::Fine)
    }
}

fn paragraph(setting: &Explanation) -> String {
    let Explanation {
        key,
        variable,
        meaning,
        default,
        value,
        source,
    } = setting;
    format!(
        "{key}\n  {meaning}\n  default   {default}\n  now       {value}\n  from      {source}\n  variable  {variable}"
    )
}
