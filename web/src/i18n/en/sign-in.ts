import type { Words } from "..";
import type { signIn as nb } from "../nb/sign-in";

export const signIn: Words<typeof nb> = {
  title: "Sign in",
  lead: "No young person shall be lost in the hand-over.",
  username: "Username",
  password: "Password",
  show: "Show password",
  hide: "Hide password",
  submit: "Sign in",
  submitting: "Signing in …",
  then: (path: string) => `Afterwards you come to ${path}.`,
  missing: { username: "Write your username.", password: "Write your password." },
  wrong: "The username or the password is wrong.",
  tooMany: (seconds: string) => `Too many attempts. Wait ${seconds} seconds, then try again.`,
  lost: {
    title: "You have been signed out",
    text: "The session is over. Sign in again and go on where you were. What you have written is still here.",
    other: "Sign in as somebody else",
  },
  demo: {
    title: "Who do you want to be?",
    text: "This is a demo. Nobody in it exists, and everything may be tried.",
    or: "Or sign in with a username",
  },
};
