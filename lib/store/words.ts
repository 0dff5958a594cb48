/** Words for random container names: pleasant adjectives, and surnames of people who built, measured, sailed, wrote or computed. */
export const adjectives = words(`
  able agile alert amber ample apt ardent artful astute avid balmy bold brave breezy bright brisk calm candid careful cheerful
  civil clear clever cordial cosy crisp curious daring dapper deft diligent eager earnest easy elated elegant exact fair fearless festive
  fine fleet fond frank fresh frugal gallant generous gentle glad gleaming graceful grand handy happy hardy hearty honest hopeful humble jolly
  jovial keen kind lively loyal lucid lucky mellow merry mild modest neat nimble noble patient placid plucky polite prompt
  proud quick quiet radiant ready robust serene sharp silent sincere steady sturdy sunny swift tidy trusty upbeat valiant vivid warm wise witty
`)

export const surnames = words(`
  abel adams agnesi airy albers almeida amundsen anning appleton archimedes aristarchus aryabhata avicenna ayrton babbage bacon banneker bardeen
  bartik barton bassi becquerel bell bernoulli berzelius bessel bhaskara blackwell bohr boole borg born bose brahe brahmagupta braille
  brattain brown brunel burnell cai cannon carson carver cauchy cavendish celsius cerf chandra chappe chatelet church clarke cochran
  colden copernicus cori coulomb cray curie dalton darwin davy dedekind descartes diesel dijkstra dirac doppler drebbel dubinsky eastley
  eckert edison ehrlich einstein elion ellis engelbart erdos euclid euler fabre faraday fermat fermi feynman fibonacci fleming
  fourier franklin fresnel galileo galois galvani gauss gilbert goddard godel goldberg goodall gosset gray grothendieck halley
  hamilton harrison harvey hawking heaviside heisenberg hellman henry herschel hertz hilbert hipparchus hodgkin holberton hollerith hooke
  hopper hubble huffman humboldt huygens hypatia jackson jacobi jacquard jemison jenner johnson joliot joule kalam kapitsa keller kepler
  khayyam khorana kilby kirch knuth kovalevsky lagrange lalande lamarr landau laplace lavoisier leakey leavitt leibniz lichterman
  linnaeus lister lovelace lumiere mach maathai marconi maxwell mayer mcclintock meitner mendel mendeleev mercator merian mirzakhani
  mitchell montalcini morse moser napier nash neumann newton nightingale nobel noether noyce oersted ohm pascal pasteur pauling payne
  perlman pike planck poincare poitras ptolemy ramanujan raman ride ritchie roentgen rubin rutherford sagan salk sammet shannon
  snyder somerville stallman swartz tereshkova tesla thales torvalds turing volta wegener wiles wing wozniak wright wu yalow yonath zeno zuse
`)

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/)
}
