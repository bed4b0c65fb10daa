import { Component, type ComponentChildren } from "preact";
import { ErrorBoundary, LocationProvider, Route, Router, lazy, useLocation } from "preact-iso";
import { useRef } from "preact/hooks";
import { asking } from "../api/asking";
import { type Me, me, status } from "../api/session";
import { useTitle } from "../ui/title";
import { Away } from "./Away";
import { Foot } from "./Foot";
import { Header } from "./Header";
import { pages } from "./pages";
import { shell } from "./words";

/** Who is signed in already should not fetch how to sign in. */
const SignIn = lazy(() => import("../pages/sign-in").then((file) => file.SignIn));
const SignInAgain = lazy(() => import("../pages/sign-in/SignInAgain").then((file) => file.SignInAgain));
/** Whoever came in by a one-time password can do nothing else before they have made one of their own. */
const MustChange = lazy(() => import("../pages/me/MustChange"));
/** What lies on this device, and the pages themselves without coverage; it may come after the page. */
const Keeper = lazy(() => import("../offline/Keeper"));
const Why = lazy(() => import("./Why"));
const NotFound = lazy(() => import("./NotFound"));

/** Signing in has no address of its own: whoever follows a link signs in there, and is where they wanted to be. */
export function App() {
  return (
    <LocationProvider>
      {me.value !== null && (status.value === "in" || status.value === "lost") ? (
        <Frame me={me.value} />
      ) : status.value === "out" ? (
        <ErrorBoundary>
          <SignIn />
        </ErrorBoundary>
      ) : null}
      <Away />
    </LocationProvider>
  );
}

function Frame({ me }: { me: Me }) {
  const t = shell();
  const main = useRef<HTMLElement>(null);
  const skip = (event: Event) => {
    event.preventDefault();
    main.current?.focus();
  };
  return (
    <>
      <a class="ds-skip-link" href="#content" onClick={skip}>
        {t.skip}
      </a>
      <Header me={me} />
      <main id="content" ref={main} tabIndex={-1}>
        <Caught>
          <ErrorBoundary>
            {me.passwordMustChange ? (
              <MustChange />
            ) : (
              <Router>
                {pages.map((page) => (
                  <Route key={page.path} path={page.path} component={page.component} />
                ))}
                <Route default component={NotFound} />
              </Router>
            )}
          </ErrorBoundary>
        </Caught>
      </main>
      <Foot />
      <ErrorBoundary>
        <Keeper />
        {asking.value === null ? null : <Why key={asking.value} />}
        {status.value === "lost" ? <SignInAgain me={me} /> : null}
      </ErrorBoundary>
    </>
  );
}

/** One broken page must not take the frame along; going elsewhere clears it. */
class Boundary extends Component<{ path: string; children: ComponentChildren }, { broken: boolean }> {
  override state = { broken: false };

  static override getDerivedStateFromError() {
    return { broken: true };
  }

  override componentDidUpdate(before: Readonly<{ path: string }>) {
    if (this.state.broken && before.path !== this.props.path) this.setState({ broken: false });
  }

  override render() {
    return this.state.broken ? <Broken /> : this.props.children;
  }
}

function Caught({ children }: { children: ComponentChildren }) {
  const { path } = useLocation();
  return <Boundary path={path}>{children}</Boundary>;
}

function Broken() {
  const t = shell().broken;
  useTitle(t.title);
  return (
    <section class="page narrow" role="alert">
      <h1 class="ds-heading" data-size="md">
        {t.title}
      </h1>
      <p>{t.text}</p>
      <button type="button" class="ds-button" onClick={() => location.reload()}>
        {t.reload}
      </button>
    </section>
  );
}
