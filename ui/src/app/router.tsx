import { createBrowserRouter, type RouteObject } from 'react-router';
import { routeOf, type PageName } from '../paths';
import { Boot } from './Boot';
import { CrashPage } from './CrashPage';
import { loaders, pages } from './pages';
import { Shell } from './Shell';

const names = Object.keys(pages) as PageName[];
const isFramable = (page: PageName) => routeOf(page).framable === true;
const toRoute = (page: PageName): RouteObject => ({
  path: routeOf(page).path,
  lazy: pages[page],
  loader: loaders[page],
});
const notFound: RouteObject = { path: '*', lazy: () => import('../pages/not-found/NotFoundPage') };

export const router = createBrowserRouter([
  {
    errorElement: <CrashPage />,
    hydrateFallbackElement: <></>,
    children: names.filter(isFramable).map(toRoute),
  },
  {
    element: <Shell />,
    errorElement: <CrashPage />,
    hydrateFallbackElement: <Boot />,
    // An error in a page keeps the shell around it.
    children: [
      {
        errorElement: <CrashPage />,
        children: [...names.filter((page) => !isFramable(page)).map(toRoute), notFound],
      },
    ],
  },
]);
