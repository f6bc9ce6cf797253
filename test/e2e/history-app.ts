// What the tests of history and undo play, and what it leaves on a host.

/** Replaces a file that all may read, one that is secret and a link; removes a folder and a file with a line break in its name. */
export const app = `
- name: App
  hosts: all
  tasks:
    - name: Configuration
      file: { path: /etc/app.conf, content: "{{ version }}\\n" }
      notify: restart app
    - name: Key
      file: { path: /etc/app.key, content: "key {{ version }}\\n", mode: '0600' }
    - name: Link
      link: { path: /etc/app.link, target: "{{ version }}" }
    - name: No old folder
      directory: { path: /etc/app.d, state: absent }
    - name: No awkward name
      command: { run: 'remove_file "$(printf "/etc/app\\nold")"', only_if: 'ls /etc/app?old' }
    - name: Mark
      command: { run: touch /root/mark, creates: /root/mark }
  handlers:
    - name: restart app
      command: echo restarted >>/root/restarts
`
/** Takes long until the host has /tmp/open. */
export const slow = `
- name: Slow
  hosts: fine
  tasks:
    - name: Configuration
      file: { path: /etc/app.conf, content: "slow\\n" }
    - name: Take long
      command: while [ ! -e /tmp/open ]; do sleep 0.3217; done
`

/** What was there before, as `state` of the tests prints it. */
export const old = 'old\nold key\napp.key 640 root:adm\napp.d\napp.d/below\napp.d/below/x\ndeep\nawkward\n'
/** After version 1. */
export const one = '1\nkey 1\napp.key 600 root:adm\n1\n'
/** Folders that undo made again are not removed again. */
export const folder = 'app.d\napp.d/below\napp.d/below/x\ndeep\n'
