//! Reading the command line of a program, and the environment where a flag is not typed.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command, Parser};

use crate::value::switch;

/// Parses the command line. A mistake ends the program with one error line, `--help` with the help.
pub fn parse<P: Parser>() -> P {
    let command = with_switches(P::command(), &|name| std::env::var_os(name));
    let mut matches = command.get_matches();
    P::from_arg_matches_mut(&mut matches)
        .unwrap_or_else(|error| error.format(&mut P::command()).exit())
}

/// Lets the variable of every flag without a value say [yes or no](switch). To clap a flag whose
/// variable says no would still be there, and in the way of others or in need of them.
fn with_switches(command: Command, variable: &dyn Fn(&str) -> Option<OsString>) -> Command {
    let with_switch = |flag: Arg| {
        if !matches!(flag.get_action(), ArgAction::SetTrue) {
            return flag;
        }
        let value = flag.get_env().and_then(|name| variable(name.to_str()?));
        let is_off = value.is_some_and(|value| value.to_str().map(switch) == Some(Ok(false)));
        let flag = flag.value_parser(switch);
        if is_off { flag.env(None::<&str>) } else { flag }
    };
    command.mut_args(with_switch).mut_subcommands(|command| with_switches(command, variable))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::{CommandFactory, FromArgMatches};

    use super::*;

    #[derive(Debug, Parser)]
    struct Typed {
        #[arg(long, env = "THREAT_TEST_ON", requires = "place")]
        on: bool,
        #[arg(long)]
        place: Option<String>,
    }

    fn typed(flags: &[&str], variable: &str) -> Result<bool, String> {
        let said = |_: &str| Some(OsString::from(variable));
        let command = with_switches(Typed::command(), &said);
        let matches = command.try_get_matches_from(["typed"].iter().chain(flags));
        let matches = matches.map_err(|error| error.to_string())?;
        Ok(Typed::from_arg_matches(&matches).unwrap().on)
    }

    #[test]
    fn a_flag_stands_for_itself_whatever_its_variable_says() {
        assert_eq!(typed(&[], "false"), Ok(false));
        assert_eq!(typed(&["--on", "--place", "here"], "0"), Ok(true));
        assert!(typed(&["--on"], "").unwrap_err().contains("--place"), "it still needs the other");
    }
}
