// The settings area: the side list of its pages and the page in front. On a phone one
// sees either the list or a page.

import { Empty } from '../bits';
import type { Desk } from '../models/desk';
import { say } from '../words';
import { pagesFor } from './pages';

export function SettingsArea({ desk, name, query }: { desk: Desk; name: string; query: string }) {
  const pages = pagesFor(desk);
  const page = name ? pages.find((one) => one.name === name) : pages[0];
  if (!page) {
    return (
      <Empty title={say('forbidden_title')}>
        <p>{say('refused_forbidden')}</p>
        <a href="#/">{say('back')}</a>
      </Empty>
    );
  }
  return (
    <div class={`settings ${name ? 'in-page' : 'in-list'}`}>
      <nav class="settings-list" aria-labelledby="settings-title">
        <h1 id="settings-title">{say('page_settings')}</h1>
        <ul>
          {pages.map((one) => (
            <li key={one.name}>
              <a href={`#/settings/${one.name}`} aria-current={one === page ? 'page' : undefined}>
                <span class="grow">{say(`settings_page_${one.name}`)}</span>
                {desk.steps.isWanted && desk.steps.stepOf(one.name)?.is_done && (
                  <>
                    <span class="good" aria-hidden="true">
                      ✓
                    </span>
                    <span class="hidden">{say('step_done')}</span>
                  </>
                )}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="page settings-page" key={page.name}>
        <div class="page-head">
          <a class="back" href="#/settings" aria-label={say('settings_back')}>
            <span aria-hidden="true">‹</span>
          </a>
          <h1>{say(`settings_page_${page.name}`)}</h1>
        </div>
        <page.Page desk={desk} query={query} />
        <Next desk={desk} name={page.name} />
      </div>
    </div>
  );
}

/** While it is set up, each page leads on to what comes next. */
function Next({ desk, name }: { desk: Desk; name: string }) {
  const { steps } = desk;
  if (!steps.isWanted || !steps.stepOf(name)) return null;
  const next = steps.after(name);
  return (
    <p class="next-step">
      <a href={`#/settings/${next}`}>
        {say('step_next', { page: say(`settings_page_${next}`) })} <span aria-hidden="true">→</span>
      </a>
    </p>
  );
}
