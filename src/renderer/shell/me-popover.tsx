import type { VNode } from 'preact';
import { MyName, Swatches } from './me-fields';
import type { Shell } from './shell';

/** My name and colour, one click away from my avatar. */
export function MePopover({ shell }: { readonly shell: Shell }): VNode {
  return (
    <div id="me-popover" class="popover" popover="auto" role="dialog" aria-label="Your name and colour">
      <MyName
        shell={shell}
        onDone={() => {
          document.querySelector<HTMLElement>('#me-popover')?.hidePopover();
        }}
      />
      <Swatches shell={shell} group="popover" />
      <p class="popover-note">This is how others in a document see you.</p>
    </div>
  );
}
