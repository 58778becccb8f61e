import { lazy, Suspense } from "react";
import { Route, Routes } from "react-router";
import { ApiError, setSigned } from "./api/call.ts";
import { LiveProvider } from "./api/live.ts";
import { SESSION, useGet } from "./api/queries.ts";
import type { Session } from "./api/types.ts";
import { Layout } from "./layout.tsx";
import { SessionContext } from "./sign-in/session.ts";
import { FeedbackProvider } from "./ui/feedback.tsx";
import { Loaded, Loading } from "./ui/loaded.tsx";

const SignIn = lazy(() => import("./pages/sign-in.tsx"));
const Overview = lazy(() => import("./pages/overview.tsx"));
const Repositories = lazy(() => import("./pages/repositories.tsx"));
const DeliveryStatus = lazy(() => import("./pages/delivery-status.tsx"));
const Subscriptions = lazy(() => import("./pages/subscriptions.tsx"));
const Provider = lazy(() => import("./pages/provider.tsx"));
const Consumer = lazy(() => import("./pages/consumer.tsx"));
const DeliveryPage = lazy(() => import("./pages/delivery.tsx"));
const Directory = lazy(() => import("./pages/directory.tsx"));
const OfferPage = lazy(() => import("./pages/offer.tsx"));
const Connections = lazy(() => import("./pages/connections.tsx"));
const BrokeringMap = lazy(() => import("./pages/brokering-map.tsx"));
const NotFound = lazy(() => import("./pages/not-found.tsx"));
const UsagePage = lazy(() => import("./pages/usage.tsx"));

/** Asks for a sign-in where nobody is signed in, and shows the pages to everybody else. */
export function App() {
  const session = useGet<Session>(SESSION);
  if (session.error instanceof ApiError && session.error.status === 401) {
    return (
      <Suspense fallback={<Loading />}>
        <SignIn />
      </Suspense>
    );
  }
  return (
    <Loaded of={session}>
      {(signedIn) => {
        setSigned(signedIn);
        return (
          <SessionContext value={signedIn}>
            <LiveProvider>
              <FeedbackProvider>
                <Layout>
                  <Suspense fallback={<Loading />}>
                    <Pages />
                  </Suspense>
                </Layout>
              </FeedbackProvider>
            </LiveProvider>
          </SessionContext>
        );
      }}
    </Loaded>
  );
}

const Pages = () => (
  <Routes>
    <Route index element={<Overview />} />
    <Route path="provider" element={<Repositories side="provider" />} />
    <Route path="provider/deliveries" element={<DeliveryStatus />} />
    <Route path="provider/:repositoryId/:tab?" element={<Provider />} />
    <Route path="consumer" element={<Repositories side="consumer" />} />
    <Route path="consumer/subscriptions" element={<Subscriptions />} />
    <Route path="consumer/:repositoryId/:tab?" element={<Consumer />} />
    <Route path="deliveries/:deliveryId" element={<DeliveryPage />} />
    <Route path="directory" element={<Directory />} />
    <Route path="directory/:serviceId" element={<OfferPage />} />
    <Route path="connections" element={<Connections />} />
    <Route path="connections/map" element={<BrokeringMap />} />
    <Route path="usage" element={<UsagePage />} />
    <Route path="*" element={<NotFound />} />
  </Routes>
);
