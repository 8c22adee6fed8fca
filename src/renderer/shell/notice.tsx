import type { ComponentChildren, VNode } from 'preact';
import { Icon, type IconNode } from './icon';

interface NoticeProps {
  readonly tone: 'danger' | 'warning' | 'plain' | 'quiet';
  readonly icon: IconNode;
  readonly sentence: string;
  readonly children?: ComponentChildren;
}

/** A calm bar above the text. */
export function Notice({ tone, icon, sentence, children }: NoticeProps): VNode {
  return (
    <div class={`notice ${tone}`} role={tone === 'plain' || tone === 'quiet' ? 'status' : 'alert'}>
      <Icon node={icon} />
      <p>{sentence}</p>
      {children !== undefined && <div class="notice-ways">{children}</div>}
    </div>
  );
}
