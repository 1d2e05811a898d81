import type { Instance } from '../../../access/instance';

/** A line for a terminal that opens a shell with the AWS CLI, as the profile where one is known. */
export function startSessionCommand(
  { id, region }: Pick<Instance, 'id' | 'region'>,
  profileName?: string,
): string {
  const profile = profileName === undefined ? '' : ` --profile ${quoted(profileName)}`;
  return `aws ssm start-session --target ${id} --region ${region}${profile}`;
}

/** Names of profiles are free text. Single quotes mean the same to POSIX shells and PowerShell, as long as none is inside. */
function quoted(word: string): string {
  return /^[\w.@/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
