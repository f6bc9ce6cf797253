// Guarded tasks of a playbook that cut us off, each on a host of its own.

/** netplan takes the address away. */
export const wrongAddress = `
    - name: Wrong network
      when: inventory_hostname == 'network'
      guard: { timeout: 12s }
      netplan:
        file: /etc/netplan/50-cloud-init.yaml
        config: { version: 2, ethernets: { eth0: { addresses: [198.51.100.222/32] } } }
`
/** The firewall drops everything. */
export const everythingDropped = `
    - name: Everything is dropped
      when: inventory_hostname == 'firewall'
      guard: { timeout: 12s }
      block:
        - file: { path: /etc/cut.nft, content: "table inet cut { chain input { type filter hook input priority 0; policy drop; }; }\\n" }
        - command: nft -f /etc/cut.nft
`
/** sshd lets nobody in. */
export const nobodyLogsIn = `
    - name: Nobody may log in
      when: inventory_hostname == 'sshd'
      guard: { timeout: 12s, restore: systemctl reload-or-restart ssh.service }
      block:
        - file: { path: /etc/ssh/sshd_config.d/00-nobody.conf, content: "AllowUsers nobody\\n" }
        - command: systemctl reload ssh.service
`
/** The login user may not use sudo any more. */
export const sudoWithdrawn = `
    - name: No sudo any more
      when: inventory_hostname == 'sudo'
      guard: { timeout: 12s }
      sudoers: { name: deploy, state: absent }
`
/** The login user has a key only that nobody owns. */
export const anotherKey = `
    - name: Only a key that nobody has
      when: inventory_hostname == 'keys'
      guard: { timeout: 12s }
      authorized_key:
        user: operator
        key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILPaNkX9i/jqHbmvgz+Jse+j1xKJO1EcoX2TBAS/PgkH nobody
        exclusive: true
`
