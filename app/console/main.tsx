import "@primer/primitives/dist/css/base/size/size.css";
import "@primer/primitives/dist/css/base/typography/typography.css";
import "@primer/primitives/dist/css/functional/size/border.css";
import "@primer/primitives/dist/css/functional/size/size.css";
import "@primer/primitives/dist/css/functional/size/size-fine.css";
import "@primer/primitives/dist/css/functional/size/breakpoints.css";
import "@primer/primitives/dist/css/functional/themes/dark.css";
import "@primer/primitives/dist/css/functional/themes/light.css";
import "@primer/primitives/dist/css/functional/typography/typography.css";
import "./console.css";
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { ApiError } from "./api/call.ts";
import { SESSION, shouldRetry } from "./api/queries.ts";
import { App } from "./app.tsx";
import { paint, savedMode } from "./ui/color-mode.ts";

paint(savedMode());

const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // The session may have ended, at its time or in another tab; the page that asks to sign in goes by it.
    onError(error, { queryKey: [path] }) {
      if (path === SESSION || !(error instanceof ApiError) || error.status !== 401) return;
      // What is typed in a dialog stays: after a sign-in in another tab it can be saved.
      if (document.querySelector("[role=dialog], [role=alertdialog]")) return;
      void queries.invalidateQueries({ queryKey: [SESSION] }, { cancelRefetch: false });
    },
  }),
  defaultOptions: {
    queries: { retry: shouldRetry, staleTime: 5_000, refetchOnWindowFocus: true },
    // A change that waited for the network would be made unasked, whenever that is back.
    mutations: { networkMode: "always" },
  },
});

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <BrowserRouter basename="/console">
        <App />
      </BrowserRouter>
    </QueryClientProvider>
  </StrictMode>,
);
