import * as z from 'zod'
import { change, notReady, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'

const ZONES = '/usr/share/zoneinfo'

export const timezone = resource({
  name: 'timezone',
  summary: "Set the host's time zone.",
  description:
    'Links /etc/localtime, which the C library reads. /etc/timezone is written where it is there: Debian 13 has it no more. A running service sees the new zone when it is restarted.',
  examples: `
- timezone: { name: UTC }
`,
  params: () =>
    z.strictObject({
      name: z
        .string()
        .regex(/^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+)*$/, 'must be a name such as UTC or Europe/Berlin')
        .describe('Name of the zone, such as UTC or Europe/Berlin.'),
    }),

  read: ({ name }) => ({
    zone: sh`if [ -f ${`${ZONES}/${name}`} ]; then echo present; else echo absent; fi`,
    link: sh`if [ -L /etc/localtime ]; then readlink /etc/localtime; else echo none; fi`,
    saved: sh`if [ -f /etc/timezone ]; then cat /etc/timezone; else echo none; fi`,
  }),

  plan({ name }, now) {
    const target = `${ZONES}/${name}`
    if (now.zone === 'absent\n') {
      return notReady(`${target} does not exist: is tzdata installed (tzdata-legacy for old names), is the name right?`)
    }
    const saved = now.saved.trim()
    // Renamed into place: "ln -sf" would leave a moment without any zone.
    const link = sh`rm -f /etc/.provision.localtime && ln -s ${target} /etc/.provision.localtime && keep_file /etc/localtime && mv -fT /etc/.provision.localtime /etc/localtime`
    return [
      ...change('time zone', zoneOf(now.link), name, link),
      ...(saved === 'none'
        ? []
        : change('/etc/timezone', saved, name, sh`place_file /etc/timezone text=${`${name}\n`}`)),
    ]
  },
})

function zoneOf(link: string): string {
  return link.trim().replace(/^.*\/zoneinfo\//, '')
}
