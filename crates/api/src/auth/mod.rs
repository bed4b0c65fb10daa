//! Who is calling, and whether to believe it.
//!
//! [`keys`] and [`token`] make and check access tokens, [`password`] and [`refresh`] are the two ways to get one,
//! [`limits`] slows down whoever guesses, and [`session`] turns a token into a person with the roles that the database
//! gives them at this very request. A token says who somebody is, never what they may do.

pub mod keys;
pub mod limits;
pub mod log_keys;
pub mod password;
pub mod permission;
pub mod refresh;
pub mod session;
pub mod token;
