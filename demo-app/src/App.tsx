import { Link, Route, Switch } from 'wouter'
import { ClaimDetail } from './pages/ClaimDetail.tsx'
import { ClaimsList } from './pages/ClaimsList.tsx'
import { Refill } from './pages/Refill.tsx'

export function App() {
  return (
    <>
      <a className="skip" href="#main">Skip to content</a>
      <header className="top">
        <Link href="/" className="brand" data-rum-action-name="Home">
          <img src="/harbour.svg" alt="" width="28" height="28" /> Harbour Pharmacy
        </Link>
        <span className="top-note">Demo shop with invented claims</span>
      </header>
      <main id="main">
        <Switch>
          <Route path="/"><ClaimsList /></Route>
          <Route path="/claims/:id">{({ id }) => <ClaimDetail key={id} id={id} />}</Route>
          <Route path="/refill/:id">{({ id }) => <Refill key={id} id={id} />}</Route>
          <Route><h1>Nothing here</h1><p><Link href="/">Back to your claims</Link></p></Route>
        </Switch>
      </main>
    </>
  )
}
