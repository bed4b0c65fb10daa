//! A second opinion on the policy; all of it is in `policies.cedar` and the test that asks.
